"""The paper's experiments on PASCAL VOC 2012.

IRNet's masks to DeepLab V2, its instances to Mask R-CNN. Ground truth of
instances is read from ``annotations/instances_train.json`` and
``instances_val.json`` (tools/dataset_converters/extreme_points.py voc).
"""
from wsss_plugins.pipelines.stages import affinity, common, objects

title = 'IRNet on PASCAL VOC 2012'
data_root = 'data/VOCdevkit/VOC2012'
work_dir = 'work_dirs/irn_voc12'

_cam = 'configs/cam/cam_resnet50_1xb16-3k_voc12-512.py'
_net = 'configs/irn/irn_resnet50_1xb32-1k_voc12-512.py'
_instances = 'configs/irn/irn-instances_resnet50_voc12-512.py'
_detector = 'configs/irn/mask-rcnn-irn_r50_voc.py'
_objects = objects.ObjectData(
    train_images='JPEGImages',
    val_images='JPEGImages',
    train_file='annotations/instances_train.json',
    val_file='annotations/instances_val.json')
_segmentor = 'configs/deeplab/deeplabv2_r101_voc12-321.py'

stages = [
    common.train_cam_network('cam', _cam),
    common.write_cams('cam', _cam),
    common.evaluate_cams('cam', 'configs/cam/eval_cams_voc12.py'),
    common.write_masks('cam', 'configs/masks/make_masks_voc12.py'),
    affinity.write_affinity_labels('irn',
                                   'configs/irn/make_ir_labels_voc12.py',
                                   'cam'),
    affinity.train_affinity_network('irn', _net),
    affinity.write_propagated_masks('irn', _net, 'cam'),
    common.evaluate_masks('irn', 'configs/masks/eval_masks_voc12.py'),
    affinity.find_instances('irn', _instances, 'cam', 'irn'),
    affinity.evaluate_instances('irn', _objects.at('train_file')),
    objects.train_detector('irn', _detector, _objects,
                           affinity.found_instances('irn')),
    objects.test_detector('irn', _detector, _objects),
    common.train_segmentor('cam', _segmentor),
    common.test_segmentor('cam', _segmentor),
    common.test_segmentor('cam', _segmentor, tta=True),
    common.train_segmentor('irn', _segmentor),
    common.test_segmentor('irn', _segmentor),
    common.test_segmentor('irn', _segmentor, tta=True),
]
report = affinity.affinity_report('irn', tta=True)
report['metrics'] += affinity.instance_rows('irn')
report['samples'].append(affinity.instance_samples('irn'))
