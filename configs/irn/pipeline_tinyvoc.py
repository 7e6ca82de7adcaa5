"""IRNet end to end on TinyVOC, beside its plain class maps."""
from wsss_plugins.pipelines.stages import affinity as walk, common as row

title = 'IRNet on TinyVOC'
data_root = 'data/tinyvoc'
work_dir = 'work_dirs/irn_tinyvoc'

_cam = 'configs/eps/cam_r18-small_1xb16-400_tinyvoc-128.py'
_net = 'configs/irn/irn_r18-small_1xb16-300_tinyvoc-128.py'
_instances = 'configs/irn/irn-instances_r18-small_tinyvoc-128.py'
_detector = 'configs/irn/mask-rcnn-irn_r18_tinyvoc.py'
_segmentor = 'configs/eps/deeplabv2_r18-small_tinyvoc.py'

stages = [
    dict(
        name='data',
        kind='tool',
        script='tools/dataset_converters/make_tinyvoc.py',
        args=['{data_root}'],
        external=True),
    row.train_cam_network('cam', _cam),
    row.write_cams('cam', _cam),
    row.evaluate_cams('cam', 'configs/eps/eval_cams_tinyvoc.py'),
    row.write_masks('cam', 'configs/eps/make_masks_tinyvoc.py'),
    walk.write_affinity_labels('irn', 'configs/irn/make_ir_labels_tinyvoc.py',
                               'cam'),
    walk.train_affinity('irn', _net, '{train_cam}/iter_400.pth'),
    walk.walk_masks('irn', _net, 'cam'),
    row.evaluate_masks('irn', 'configs/psa/eval_masks_tinyvoc.py'),
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
