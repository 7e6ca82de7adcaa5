"""IRNet end to end on TinyVOC, beside its plain CAMs."""
from wsss_plugins.pipelines.stages import affinity, common, objects

title = 'IRNet on TinyVOC'
data_root = 'data/tinyvoc'
work_dir = 'work_dirs/irn_tinyvoc'

_cam = 'configs/cam/cam_r18-small_1xb16-400_tinyvoc-128.py'
_net = 'configs/irn/irn_r18-small_1xb16-300_tinyvoc-128.py'
_instances = 'configs/irn/irn-instances_r18-small_tinyvoc-128.py'
_detector = 'configs/irn/mask-rcnn-irn_r18_tinyvoc.py'
_objects = objects.ObjectData(
    train_images='JPEGImages',
    val_images='JPEGImages',
    train_file='annotations/instances_train.json',
    val_file='annotations/instances_val.json')
_segmentor = 'configs/deeplab/deeplabv2_r18-small_tinyvoc.py'

stages = [
    common.run_tool(
        'data',
        'tools/dataset_converters/make_tinyvoc.py',
        '{data_root}',
        external=True),
    common.train_cam_network('cam', _cam),
    common.write_cams('cam', _cam),
    common.evaluate_cams('cam', 'configs/cam/eval_cams_tinyvoc.py'),
    common.write_masks('cam', 'configs/masks/make_masks_tinyvoc.py'),
    affinity.write_affinity_labels('irn',
                                   'configs/irn/make_ir_labels_tinyvoc.py',
                                   'cam'),
    affinity.train_affinity_network(
        'irn', _net, weights='{train_cam}/last_checkpoint'),
    affinity.write_propagated_masks('irn', _net, 'cam'),
    common.evaluate_masks('irn', 'configs/masks/eval_masks_tinyvoc.py'),
    affinity.find_instances('irn', _instances, 'cam', 'irn'),
    affinity.evaluate_instances('irn', _objects.at('train_file')),
    objects.train_detector('irn', _detector, _objects,
                           affinity.found_instances('irn')),
    objects.test_detector('irn', _detector, _objects),
    common.train_segmentor('cam', _segmentor),
    common.test_segmentor('cam', _segmentor),
    common.train_segmentor('irn', _segmentor),
    common.test_segmentor('irn', _segmentor),
]
report = affinity.affinity_report('irn')
report['metrics'] += affinity.instance_rows('irn')
report['samples'].append(affinity.instance_samples('irn'))
