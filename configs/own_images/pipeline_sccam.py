"""CAMs that learn sub-categories (SC-CAM), a dense CRF and a segmentor.

Sub-categories are clusters of the images of each class.
"""
from wsss_plugins.pipelines.stages import own_images

title = 'Own images, SC-CAM'
data_root = 'data'
work_dir = 'work'
corrections = '{work_dir}/corrected'
cam_iters = 80
max_iters = 400
seed = 0

stages = [
    own_images.train_localizer(
        'configs/own_images/sccam.py',
        seed='{seed}',
        max_iters='{cam_iters}'),
    own_images.write_cams('configs/own_images/sccam.py'),
    own_images.write_masks('configs/own_images/crf_masks.py'),
    own_images.correct_masks('final', 'masks_cam'),
    own_images.train_segmentor(
        'configs/own_images/segmentor.py',
        seed='{seed}',
        max_iters='{max_iters}'),
    own_images.predict_masks('configs/own_images/segmentor.py'),
]
report = own_images.report()
