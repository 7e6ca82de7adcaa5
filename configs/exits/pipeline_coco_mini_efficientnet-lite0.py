"""EXITS on real images with a backbone that has seen ImageNet.

Patches are alike by the features of EfficientNet-Lite0, and so is the
generator. ``exits_mil`` starts from the student of ``mil``; ``truth`` has true
patches as labels, the upper bound of any retrieval: it tells whether the
retrieval or the generator is the limit. The trainings of the last three read
ground-truth masks: to log precision and recall of the retrieved points, which
changes nothing of what they learn, and ``truth`` to learn from them.

``data_root`` is any folder in COCO's layout. ``max_iters`` makes the five
trainings shorter.
"""
from wsss_plugins.pipelines.stages import objects

title = 'EXITS on COCO images, EfficientNet-Lite0'
data_root = 'data/coco_mini'
work_dir = 'work_dirs/exits_coco_mini_efficientnet-lite0'
seed = 0
max_iters = 300

_data = objects.ObjectData(
    train_images='train2017',
    val_images='val2017',
    train_file='annotations/instances_train2017.json',
    val_file='annotations/instances_val2017.json')
_exits = 'configs/exits/exits_efficientnet-lite0_coco-256.py'
_generators = dict(
    mil='configs/exits/mil_efficientnet-lite0_coco-256.py',
    mal='configs/exits/mal_efficientnet-lite0_coco-256.py',
    exits=_exits,
    exits_mil=_exits,
    truth='configs/exits/exits_efficientnet-lite0-truth_coco-256.py')

stages = [
    objects.make_points(_data),
    objects.make_points_with_masks(_data)
]
for _name, _config in _generators.items():
    _options = dict(seed='{seed}', max_iters='{max_iters}')
    if _name == 'exits_mil':
        _options['student'] = '{train_mil}/last_checkpoint'
    stages += [
        objects.train_generator(
            _name, _config, _data, truth=_name[0] != 'm', **_options),
        objects.label_objects(_name, _config, _data, threshold=.5),
        objects.evaluate_objects(_name, _data),
    ]

report = dict(
    metrics=objects.object_rows(_generators),
    samples=objects.object_samples(_generators, _data, num_train=16))
