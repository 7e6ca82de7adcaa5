"""What K, lambda and the protocol do on TinyVOC.

Each run is one training of a plain classifier's length but ``rounds``, which
is the paper's three of them; all cluster features of the same classifier, but
``single``, which clusters its own on its way.
"""
from wsss_plugins.pipelines.stages import common, sub_categories

title = 'SC-CAM on TinyVOC: K, lambda and rounds'
data_root = 'data/tinyvoc'
work_dir = 'work_dirs/sccam_tinyvoc_k'

_eval = 'configs/cam/eval_cams_tinyvoc.py'
_cam = 'configs/cam/cam_r18-small_1xb16-400_tinyvoc-128.py'
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
    common.run_tool(
        'data',
        'tools/dataset_converters/make_tinyvoc.py',
        '{data_root}',
        external=True),
    common.train_cam_network('cam', _cam),
    common.write_cams('cam', _cam),
    common.evaluate_cams('cam', _eval),
]
for _name, (_config, _k, _lambda) in _runs.items():
    stages += [
        sub_categories.train_sub_categories(
            _name,
            _config,
            features=None if _config == _single else 'cam',
            num_sub=_k,
            loss_weight=_lambda),
        sub_categories.write_sub_category_cams(_name, _config, num_sub=_k),
        common.evaluate_cams(_name, _eval),
    ]

report = dict(
    labels='{data_root}/image_labels.json',
    metrics=common.metric_rows(
        ('cam', *_runs),
        ('pseudo-mask mIoU at the best threshold', 'eval', 'cam/miou_best'),
        ('recall of objects there', 'eval', 'cam/recall_best'),
        ('precision there', 'eval', 'cam/precision_best')),
    sub_categories=sub_categories.sub_category_groups(
        {_name: _name
         for _name in _runs}, num=4))
