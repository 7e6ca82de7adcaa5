"""CAMs of frozen features, the random walk of IRNet, and a segmentor.

An affinity network learns from confident parts of the CAMs where classes end.
"""
from wsss_plugins.pipelines.stages import own_affinity, own_images

title = 'Own images, IRNet'
data_root = 'data'
work_dir = 'work'
corrections = '{work_dir}/corrected'
irn_iters = 200
max_iters = 400
seed = 0

stages = [
    own_images.train_localizer('configs/own_images/cam.py', seed='{seed}'),
    own_images.write_cams('configs/own_images/cam.py'),
    *own_affinity.propagated_cams(
        'irn',
        'configs/own_images/ir_labels.py',
        'configs/own_images/irn.py',
        seed='{seed}',
        max_iters='{irn_iters}'),
    own_images.write_masks('configs/own_images/walk_masks.py', cams='cam_irn'),
    own_images.correct_masks('final', 'masks_cam'),
    own_images.write_training_masks(
        'configs/own_images/walk_labels.py', cams='cam_irn'),
    own_images.train_segmentor(
        'configs/own_images/segmentor.py',
        masks='masks_seg',
        seed='{seed}',
        max_iters='{max_iters}'),
    own_images.predict_masks('configs/own_images/segmentor.py'),
]
report = own_images.report(walk='cam_irn')
