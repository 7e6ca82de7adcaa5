"""CAMs of frozen ImageNet features and a dense CRF: a first look in minutes.

No segmentor is trained.
"""
from wsss_plugins.pipelines.stages import own_images

title = 'Own images, a first look'
data_root = 'data'
work_dir = 'work'
corrections = '{work_dir}/corrected'
# Not used: there is no segmentor to train.
max_iters = 0
seed = 0

stages = [
    own_images.train_localizer('configs/own_images/cam.py', seed='{seed}'),
    own_images.write_cams('configs/own_images/cam.py'),
    own_images.write_masks('configs/own_images/crf_masks.py'),
    own_images.correct_masks('final', 'masks_cam'),
]
report = own_images.report()
