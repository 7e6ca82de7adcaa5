"""IRNet on real images, with a backbone that a CPU can train.

``data_root`` is any folder in VOC's layout with ``image_labels.json`` and
the lists ``train.txt`` and ``val.txt``. Ground truth of the training images is
read by evaluation stages only.
"""
from wsss_plugins.pipelines.stages import affinity, common

title = 'IRNet on VOC images, MobileNetV2'
data_root = 'data/voc12mini'
work_dir = 'work_dirs/irn_voc12mini'
# ImageNet weights with torchvision's names.
imagenet = '{data_root}/../weights/mobilenet_v2_imagenet.pth'
seed = 0

_cam = 'configs/cam/cam_mobilenetv2_1xb16-700_voc12-256.py'
_net = 'configs/irn/irn_mobilenetv2_1xb8-400_voc12-256.py'
_segmentor = 'configs/deeplab/deeplabv2_mobilenetv2_voc.py'
_training = dict(weights='{weights}/mobilenet_v2.pth', seed='{seed}')
_train_list = 'ImageSets/Segmentation/train.txt'

stages = [
    common.run_tool('weights', 'tools/model_converters/mobilenet_v2.py',
                    '{imagenet}', '{stage_dir}/mobilenet_v2.pth'),
    common.train_cam_network('cam', _cam, **_training),
    common.write_cams('cam', _cam),
    common.evaluate_cams('cam', 'configs/cam/eval_cams_voc12.py'),
    common.write_masks(
        'cam', 'configs/masks/make_masks_voc12.py', train_list=_train_list),
    affinity.write_affinity_labels(
        'irn',
        'configs/irn/make_ir_labels_voc12.py',
        'cam',
        train_list=_train_list),
    affinity.train_affinity_network('irn', _net, **_training),
    affinity.write_propagated_masks('irn', _net, 'cam'),
    common.evaluate_masks('irn', 'configs/masks/eval_masks_voc12.py'),
    common.train_segmentor('cam', _segmentor, **_training),
    common.test_segmentor('cam', _segmentor),
    common.test_segmentor('cam', _segmentor, tta=True),
    common.train_segmentor('irn', _segmentor, **_training),
    common.test_segmentor('irn', _segmentor),
    common.test_segmentor('irn', _segmentor, tta=True),
]
report = affinity.affinity_report('irn', num_train=16, num_val=10, tta=True)
