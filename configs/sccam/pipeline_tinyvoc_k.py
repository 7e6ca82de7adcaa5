"""What K, lambda and the protocol do on TinyVOC.

Each run is one training of a plain classifier's length but ``rounds``, which
is the paper's three of them; all cluster features of the same classifier, but
``single``, which clusters its own on its way.
"""
from wsss_plugins.pipelines.stages import common as row

title = 'SC-CAM on TinyVOC: K, lambda and rounds'
data_root = 'data/tinyvoc'
work_dir = 'work_dirs/sccam_tinyvoc_k'

_eval = 'configs/eps/eval_cams_tinyvoc.py'
_cam = 'configs/eps/cam_r18-small_1xb16-400_tinyvoc-128.py'
_round = 'configs/sccam/sccam_r18-small_1xb16-400_tinyvoc-128.py'
_rounds = 'configs/sccam/sccam_r18-small-rounds_1xb16-1200_tinyvoc-128.py'
_single = 'configs/sccam/sccam_r18-small-single_1xb16-400_tinyvoc-128.py'
# Config, K, lambda.
_runs = {f'k{k}': (_round, k, 1.) for k in (2, 5, 10, 20)}
_runs |= dict(
    k10_lambda5=(_round, 10, 5.),
    rounds=(_rounds, 10, 1.),
    single=(_single, 10, 1.))

stages = [
    dict(
        name='data',
        kind='tool',
        script='tools/dataset_converters/make_tinyvoc.py',
        args=['{data_root}'],
        external=True),
    row.train_cam_network('cam', _cam),
    row.write_cams('cam', _cam),
    row.evaluate_cams('cam', _eval),
]
for _name, (_config, _k, _lambda) in _runs.items():
    _train = row.train_cam_network(_name, _config)
    _write = row.write_cams(_name, _config)
    for _stage in (_train, _write):
        _stage['cfg_options']['model.decode_head.num_sub'] = _k
    _train['cfg_options']['model.decode_head.loss_sub.loss_weight'] = _lambda
    if _config != _single:
        _train['cfg_options'][
            'custom_hooks.0.feature_checkpoint'] = '{train_cam}'
    stages += [_train, _write, row.evaluate_cams(_name, _eval)]

report = dict(
    labels='{data_root}/image_labels.json',
    metrics=row.metric_rows(
        ('cam', *_runs),
        ('pseudo-mask mIoU at the best threshold', 'eval', 'cam/miou_best'),
        ('recall of objects there', 'eval', 'cam/recall_best'),
        ('precision there', 'eval', 'cam/precision_best')),
    sub_categories=[
        dict(
            title=f'{_name}',
            folder=f'{{train_{_name}}}/sub_categories',
            images='{data_root}/JPEGImages/{name}.jpg',
            num=4) for _name in _runs
    ])
