"""EXITS on real photos with a transformer that a CPU can train from nothing.

``data_root`` is any folder in COCO's layout. True masks of the training
pictures make the extreme points, and are read again by the measuring stages
only.
"""
from wsss_plugins.pipelines.stages import objects as row

title = 'EXITS on COCO photos, a small ViT'
data_root = 'data/coco_mini'
work_dir = 'work_dirs/exits_coco_mini'

_data = row.ObjectData(
    train_images='train2017',
    val_images='val2017',
    train_file='annotations/instances_train2017.json',
    val_file='annotations/instances_val2017.json')
_generators = {
    name: f'configs/exits/{name}_vit-tiny_coco-128.py'
    for name in ('mil', 'mal', 'exits')
}
_extractor = '{train_mil}/iter_300.pth'

stages = [row.make_points(_data)]
for _name, _config in _generators.items():
    stages += [
        row.train_generator(_name, _config, _data,
                            _extractor if _name == 'exits' else None),
        row.label_objects(_name, _config, _data),
        row.evaluate_objects(_name, _data),
    ]

report = dict(
    metrics=row.object_rows(_generators),
    samples=row.object_samples(_generators, _data, num_train=16))
