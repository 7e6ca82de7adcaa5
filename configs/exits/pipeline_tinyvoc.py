"""EXITS end to end on TinyVOC, beside MAL and MIL alone, and Mask R-CNN."""
from wsss_plugins.pipelines.stages import objects as row

title = 'EXITS on TinyVOC'
data_root = 'data/tinyvoc'
work_dir = 'work_dirs/exits_tinyvoc'

_data = row.ObjectData(
    train_images='JPEGImages',
    val_images='JPEGImages',
    train_file='annotations/instances_train.json',
    val_file='annotations/instances_val.json')
_generators = {
    name: f'configs/exits/{name}_vit-tiny_tinyvoc.py'
    for name in ('mil', 'mal', 'exits')
}
_extractor = '{train_mil}/iter_300.pth'
_detector = 'configs/exits/mask-rcnn_r50_tinyvoc.py'
_detectors = dict(true=None, mil='mil', exits='exits')

stages = [
    dict(
        name='data',
        kind='tool',
        script='tools/dataset_converters/make_tinyvoc.py',
        args=['{data_root}'],
        external=True),
    row.make_points(_data)
]
for _name, _config in _generators.items():
    stages += [
        row.train_generator(_name, _config, _data,
                            _extractor if _name == 'exits' else None),
        row.label_objects(_name, _config, _data),
        row.evaluate_objects(_name, _data),
    ]
for _name, _masks in _detectors.items():
    stages += [
        row.train_detector(_name, _detector, _data, _masks),
        row.test_detector(_name, _detector, _data),
    ]
stages.append(row.retention(['mil', 'exits']))

report = dict(
    metrics=row.object_rows(_generators) + row.detector_rows(['mil', 'exits']),
    samples=row.object_samples(_generators, _data, _detectors))
