"""Classes of data sets, files and models: one error for all that differs."""
import json

import pytest
from mmengine.config import Config

from wsss_plugins.apis.config_classes import check_classes
from wsss_plugins.structures import UserError

NAMES = ('cat', 'dog')


def detector(root, classes=NAMES, count=2, file='train.json'):
    dataset = dict(type='mmdet.CocoDataset', data_root=str(root),
                   ann_file=file, metainfo=dict(classes=classes))
    return Config(dict(
        default_scope='mmdet',
        model=dict(roi_head=dict(bbox_head=dict(num_classes=count)),
                   rpn_head=dict(num_classes=1)),
        train_dataloader=dict(dataset=dict(
            type='RepeatDataset', dataset=dataset)),
        val_dataloader=dict(dataset=dict(dataset, ann_file='val.json'))))


@pytest.fixture
def root(tmp_path):
    for name in ('train', 'val'):
        (tmp_path / f'{name}.json').write_text(json.dumps(dict(
            images=[], annotations=[],
            categories=[dict(id=1, name='cat'), dict(id=2, name='dog')])))
    return tmp_path


def test_what_belongs_together_passes(root):
    check_classes(detector(root))


@pytest.mark.parametrize('change, words', [
    (dict(count=80), ('num_classes=80', '2 classes', 'cat, dog')),
    (dict(classes=('bus', )), ('train.json', 'cat, dog', 'bus',
                               'metainfo.classes')),
    (dict(classes='cat'), ("metainfo.classes='cat'", 'comma')),
    (dict(file='gone.json'), ('gone.json', 'not found')),
    # What is missing does not hide what else is wrong.
    (dict(file='gone.json', classes=('bus', 'car')),
     ('gone.json', 'val.json', 'bus')),
])
def test_what_differs_is_told(root, change, words):
    with pytest.raises(UserError) as error:
        check_classes(detector(root, **change))
    for word in words:
        assert word in str(error.value)
