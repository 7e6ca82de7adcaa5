"""CAMs of frozen ImageNet features, a dense CRF and a segmentor.

Needs no saliency and no training of a localizer.
"""
from wsss_plugins.pipelines.stages import common, own_images

title = 'Own images'
data_root = 'data'
work_dir = 'work'
corrections = '{work_dir}/corrected'
max_iters = 400
seed = 0

stages = [
    own_images.train_localizer('configs/own_images/cam.py', seed='{seed}'),
    own_images.write_cams('configs/own_images/cam.py'),
    own_images.write_masks('configs/own_images/crf_masks.py'),
    own_images.correct_masks('final', 'masks_cam'),
    own_images.train_segmentor(
        'configs/own_images/segmentor.py',
        seed='{seed}',
        max_iters='{max_iters}'),
    own_images.predict_masks('configs/own_images/segmentor.py'),
]
report = own_images.report()
