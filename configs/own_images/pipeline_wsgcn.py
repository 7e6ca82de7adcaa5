"""CAMs of frozen features, WSGCN on the affinities of IRNet, a segmentor.

A GCN of its own spreads the confident pixels of each image.
"""
from wsss_plugins.pipelines.stages import own_affinity, own_images

title = 'Own images, WSGCN'
data_root = 'data'
work_dir = 'work'
corrections = '{work_dir}/corrected'
irn_iters = 200
max_iters = 400
seed = 0

stages = [
    own_images.train_localizer('configs/own_images/cam.py', seed='{seed}'),
    own_images.write_cams('configs/own_images/cam.py'),
    *own_affinity.propagated_masks(
        'irn',
        'configs/own_images/ir_labels.py',
        'configs/own_images/irn.py',
        refined='configs/own_images/wsgcn.py',
        seed='{seed}',
        max_iters='{irn_iters}'),
    own_images.correct_masks('final', 'masks_cam'),
    own_images.train_segmentor(
        'configs/own_images/segmentor.py',
        seed='{seed}',
        max_iters='{max_iters}'),
    own_images.predict_masks('configs/own_images/segmentor.py'),
]
report = own_images.report()
