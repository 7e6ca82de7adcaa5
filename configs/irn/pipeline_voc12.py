"""The paper's experiments on PASCAL VOC 2012.

IRNet's masks to DeepLab V2, its instances to Mask R-CNN. True masks of
instances, to measure by, are read from ``annotations/instances_train.json``
and ``instances_val.json`` (tools/dataset_converters/extreme_points.py voc).
"""
from wsss_plugins.pipelines.stages import affinity as walk, common as row

title = 'IRNet on PASCAL VOC 2012'
data_root = 'data/VOCdevkit/VOC2012'
work_dir = 'work_dirs/irn_voc12'

_cam = 'configs/irn/cam_resnet50_1xb16-3k_voc12-512.py'
_net = 'configs/irn/irn_resnet50_1xb32-1k_voc12-512.py'
_instances = 'configs/irn/irn-instances_resnet50_voc12-512.py'
_detector = 'configs/irn/mask-rcnn-irn_r50_voc.py'
_segmentor = 'configs/eps/deeplabv2_voc.py'

stages = [
    row.train_cam_network('cam', _cam),
    row.write_cams('cam', _cam),
    row.evaluate_cams('cam', 'configs/eps/eval_cams_voc12.py'),
    row.write_masks('cam', 'configs/eps/make_masks_voc12.py'),
    walk.write_affinity_labels('irn', 'configs/irn/make_ir_labels_voc12.py',
                               'cam'),
    walk.train_affinity('irn', _net),
    walk.walk_masks('irn', _net, 'cam'),
    row.evaluate_masks('irn', 'configs/eps/eval_masks_voc12.py'),
    walk.find_instances('irn', _instances, 'cam', 'irn'),
    walk.evaluate_instances('irn',
                           '{data_root}/annotations/instances_train.json'),
    walk.train_on_instances('irn', _detector),
    walk.test_detector('irn', _detector),
    row.train_segmentor('cam', _segmentor),
    row.test_segmentor('cam', _segmentor),
    row.train_segmentor('irn', _segmentor),
    row.test_segmentor('irn', _segmentor),
]
report = walk.walk_report('irn')
report['metrics'] += walk.instance_rows('irn')
report['samples'].append(walk.instance_samples('irn'))
