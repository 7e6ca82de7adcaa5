"""BoxInst on TinyVOC beside Mask R-CNN on the masks of MIL, MAL and EXITS.

All learn from the same extreme points, of which BoxInst and MAL take boxes.
"""
from wsss_plugins.pipelines.stages import common, objects

title = 'From boxes or points to a detector, on TinyVOC'
data_root = 'data/tinyvoc'
work_dir = 'work_dirs/boxinst_tinyvoc'

_data = objects.ObjectData(
    train_images='JPEGImages',
    val_images='JPEGImages',
    train_file='annotations/instances_train.json',
    val_file='annotations/instances_val.json')
_generators = ('mil', 'mal', 'exits')
_mask_rcnn = 'configs/exits/mask-rcnn_r50_tinyvoc.py'
_boxinst = 'configs/boxinst/boxinst_r50_tinyvoc.py'

stages = [
    common.run_tool(
        'data',
        'tools/dataset_converters/make_tinyvoc.py',
        '{data_root}',
        external=True),
    objects.make_points(_data),
    objects.train_detector('boxinst', _boxinst, _data, '{points}/train.json'),
    objects.test_detector('boxinst', _boxinst, _data),
    objects.train_detector('true', _mask_rcnn, _data),
    objects.test_detector('true', _mask_rcnn, _data),
]
for _name in _generators:
    _config = f'configs/exits/{_name}_vit-tiny_tinyvoc.py'
    stages += [
        objects.train_generator(
            _name, _config, _data,
            '{train_mil}/last_checkpoint' if _name == 'exits' else None),
        objects.label_objects(_name, _config, _data),
        objects.evaluate_objects(_name, _data),
        objects.train_detector(_name, _mask_rcnn, _data,
                               objects.labeled_objects(_name)),
        objects.test_detector(_name, _mask_rcnn, _data),
    ]
_compared = ['boxinst', *_generators]
stages.append(objects.retention(_compared))

report = dict(
    metrics=objects.object_rows(_generators) +
    objects.detector_rows(_compared),
    samples=objects.object_samples(_generators, _data,
                                   ('true', *_compared)))
