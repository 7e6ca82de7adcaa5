"""EXITS end to end on TinyVOC, beside MAL and MIL alone, and Mask R-CNN."""
from wsss_plugins.pipelines.stages import common, objects

title = 'EXITS on TinyVOC'
data_root = 'data/tinyvoc'
work_dir = 'work_dirs/exits_tinyvoc'

_data = objects.ObjectData(
    train_images='JPEGImages',
    val_images='JPEGImages',
    train_file='annotations/instances_train.json',
    val_file='annotations/instances_val.json')
_generators = {
    name: f'configs/exits/{name}_vit-tiny_tinyvoc.py'
    for name in ('mil', 'mal', 'exits')
}
_extractor = '{train_mil}/last_checkpoint'
_detector = 'configs/exits/mask-rcnn_r50_tinyvoc.py'
_detectors = dict(
    true=None,
    mil=objects.labeled_objects('mil'),
    exits=objects.labeled_objects('exits'))

stages = [
    common.run_tool(
        'data',
        'tools/dataset_converters/make_tinyvoc.py',
        '{data_root}',
        external=True),
    objects.make_points(_data)
]
for _name, _config in _generators.items():
    stages += [
        objects.train_generator(_name, _config, _data,
                                _extractor if _name == 'exits' else None),
        objects.label_objects(_name, _config, _data),
        objects.evaluate_objects(_name, _data),
    ]
for _name, _masks in _detectors.items():
    stages += [
        objects.train_detector(_name, _detector, _data, _masks),
        objects.test_detector(_name, _detector, _data),
    ]
stages.append(objects.retention(['mil', 'exits']))

report = dict(
    metrics=objects.object_rows(_generators) +
    objects.detector_rows(['mil', 'exits']),
    samples=objects.object_samples(_generators, _data, _detectors))
