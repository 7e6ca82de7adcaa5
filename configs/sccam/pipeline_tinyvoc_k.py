"""What K does on TinyVOC, and what beginning anew in each round does."""
from wsss_plugins.apis import stages as row

title = 'SC-CAM on TinyVOC: sub-categories and rounds'
data_root = 'data/tinyvoc'
work_dir = 'work_dirs/sccam_tinyvoc_k'

_eval = 'configs/eps/eval_cams_tinyvoc.py'
_single = 'configs/sccam/sccam_r18-small_1xb16-400_tinyvoc-128.py'
_rounds = 'configs/sccam/sccam_r18-small-rounds_1xb16-1600_tinyvoc-128.py'
_runs = {f'k{k}': (_single, k) for k in (2, 5, 10, 20)}
_runs['rounds_k5'] = (_rounds, 5)

stages = [
    dict(
        name='data',
        kind='tool',
        script='tools/dataset_converters/make_tinyvoc.py',
        args=['{data_root}'],
        external=True)
]
for _name, (_config, _k) in _runs.items():
    for _stage in (row.train_localiser(_name, _config),
                   row.write_cams(_name, _config)):
        _stage['cfg_options']['model.decode_head.num_sub'] = _k
        stages.append(_stage)
    stages.append(row.measure_cams(_name, _eval))

report = dict(
    labels='{data_root}/image_labels.json',
    metrics=row.metric_rows(
        _runs,
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
