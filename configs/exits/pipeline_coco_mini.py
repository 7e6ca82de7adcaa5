"""EXITS on real images with a transformer that a CPU can train from scratch.

``data_root`` is any folder in COCO's layout. Ground truth of the training
images makes the extreme points, and is read again by evaluation stages only.
"""
from wsss_plugins.pipelines.stages import objects

title = 'EXITS on COCO images, a small ViT'
data_root = 'data/coco_mini'
work_dir = 'work_dirs/exits_coco_mini'

_data = objects.ObjectData(
    train_images='train2017',
    val_images='val2017',
    train_file='annotations/instances_train2017.json',
    val_file='annotations/instances_val2017.json')
_generators = {
    name: f'configs/exits/{name}_vit-tiny_coco-128.py'
    for name in ('mil', 'mal', 'exits')
}
_extractor = '{train_mil}/last_checkpoint'

stages = [objects.make_points(_data)]
for _name, _config in _generators.items():
    stages += [
        objects.train_generator(_name, _config, _data,
                                _extractor if _name == 'exits' else None),
        objects.label_objects(_name, _config, _data),
        objects.evaluate_objects(_name, _data),
    ]

report = dict(
    metrics=objects.object_rows(_generators),
    samples=objects.object_samples(_generators, _data, num_train=16))
