"""Detectors of mmdet on masks of the package: each object must reach them."""
import json

import numpy as np
import pytest
from mmengine.config import Config
from mmengine.registry import DATASETS, init_default_scope
from mmengine.runner import Runner

from wsss_plugins.apis.config_masks import check_masks
from wsss_plugins.datasets.tinyvoc.writer import make_tinyvoc
from wsss_plugins.evaluation.pseudo_instance_writer import merge_labels
from wsss_plugins.structures import (
    RecordShards,
    UserError,
    decode_mask,
    encode_mask,
    iter_annotations,
)
from wsss_plugins.structures.polygons import mask_polygons

CLASSES = ('aeroplane', 'boat', 'bus', 'car', 'cat', 'person', 'train')
# Those whose configs have poly2mask=False read polygons.
DETECTORS = {
    'mmdet::mask_rcnn/mask-rcnn_r50_fpn_1x_coco.py': 'rle',
    'mmdet::solov2/solov2-light_r18_fpn_ms-3x_coco.py': 'rle',
    'mmdet::condinst/condinst_r50_fpn_ms-poly-90k_coco_instance.py': 'polygon',
    'mmdet::rtmdet/rtmdet-ins_tiny_8xb32-300e_coco.py': 'polygon',
    'mmdet::mask2former/mask2former_r50_8xb2-lsj-50e_coco.py': 'rle',
}


@pytest.mark.parametrize('mask', [
    np.ones((3, 4)), np.eye(6), np.pad(np.ones((1, 1)), 2),
    np.random.default_rng(0).random((40, 50)) < .7,
    np.add.outer(np.arange(30) - 14, 1j * (np.arange(40) - 20))],
    ids=['full', 'diagonal', 'pixel', 'noise', 'disk'])
def test_polygons_draw_the_mask(mask):
    mask = abs(mask) < 12 if np.iscomplexobj(mask) else mask.astype(bool)
    drawn = decode_mask(mask_polygons(mask), mask.shape).astype(bool)
    missing, added = (mask & ~drawn).sum(), drawn & ~mask
    assert missing == 0
    # Only holes are filled: no pixel that is joined to the outside.
    outside = np.pad(~mask, 1, constant_values=True)
    import cv2
    _, parts = cv2.connectedComponents(outside.astype(np.uint8),
                                       connectivity=4)
    assert not added[(parts == parts[0, 0])[1:-1, 1:-1]].any()


def test_no_polygon_of_nothing():
    assert mask_polygons(np.zeros((4, 4), bool)) == []


@pytest.fixture(scope='module')
def data(tmp_path_factory):
    """TinyVOC with its true masks, written as pseudo masks of both forms."""
    root = tmp_path_factory.mktemp('data') / 'tiny'
    make_tinyvoc(root, num_train=4, num_val=1, progress=False)
    source = root / 'annotations/instances_train.json'
    for form in ('rle', 'polygon'):
        shards = RecordShards(root / form, size=100)
        for one in iter_annotations(source):
            mask = decode_mask(one['segmentation'], (128, 128))
            made = encode_mask(mask) if form == 'rle' else mask_polygons(mask)
            shards.add(dict(id=one['id'], area=int(mask.sum()),
                            segmentation=made))
        shards.flush()
        merge_labels(source, shards, root / f'{form}.json', masks=form)
    return root


def dataset_of(cfg):
    found = cfg.train_dataloader.dataset
    while 'dataset' in found:
        found = found.dataset
    return found


def config_of(name, data, form):
    cfg = Config(dict(Config.fromfile(config_file(name, data)).to_dict()))
    dataset_of(cfg).update(
        data_root=f'{data}/', ann_file=f'{form}.json',
        data_prefix=dict(img='JPEGImages/'), metainfo=dict(classes=CLASSES),
        backend_args=None)
    return cfg


def config_file(name, data):
    path = data / 'config.py'
    path.write_text(f"_base_ = '{name}'\n")
    return path


def shrunk(node, parents=()):
    """Small images, few classes, no weights from elsewhere."""
    if isinstance(node, dict):
        if (node.get('init_cfg') or {}).get('type') == 'Pretrained':
            node['init_cfg'] = None
        for key, value in node.items():
            pair = isinstance(value, (tuple, list)) and len(value) == 2
            if key in ('scale', 'crop_size', 'size', 'img_scale') and pair:
                node[key] = (128, 128)
            elif key == 'scales':
                node[key] = [(128, 128)] if parents[-1:] == (
                    'pipeline', ) else value
            elif key in ('num_classes', 'num_things_classes'):
                node[key] = len(CLASSES)
            elif key == 'type' and value == 'SyncBN':
                node[key] = 'BN'
            else:
                shrunk(value, (*parents, key))
    elif isinstance(node, (tuple, list)):
        for item in node:
            shrunk(item, parents)


@pytest.mark.parametrize('name', DETECTORS)
def test_two_steps_with_all_objects(name, data, tmp_path):
    form = DETECTORS[name]
    cfg = config_of(name, data, form)
    check_masks(cfg)
    shrunk(cfg.model), shrunk(cfg.train_dataloader, ('pipeline', ))
    init_default_scope('mmdet')
    plain = DATASETS.build(dict(dataset_of(cfg), pipeline=[
        dict(type='LoadImageFromFile'),
        next(s for s in dataset_of(cfg).pipeline
             if s['type'] == 'LoadAnnotations')]))
    flags = np.concatenate([row['gt_ignore_flags'] for row in plain])
    assert len(flags) == len(json.loads(
        (data / f'{form}.json').read_text())['annotations'])
    assert not flags.any()
    cfg.train_dataloader.update(batch_size=2, num_workers=0,
                                persistent_workers=False, batch_sampler=None)
    cfg.train_dataloader.sampler = dict(type='InfiniteSampler', shuffle=False)
    if name.startswith('mmdet::mask2former'):
        cfg.model.panoptic_head.loss_cls.class_weight = [1.] * 7 + [.1]
        cfg.model.panoptic_head.num_stuff_classes = 0
    runner = Runner(
        cfg.model, str(tmp_path), cfg.train_dataloader,
        train_cfg=dict(type='IterBasedTrainLoop', max_iters=2),
        optim_wrapper=dict(optimizer=dict(type='SGD', lr=1e-6)),
        default_hooks=dict(checkpoint=None), default_scope='mmdet',
        experiment_name=f'{tmp_path.name}_{form}')
    runner.train()
    assert runner.iter == 2


def test_objects_that_would_be_ignored_stop_the_training(data):
    name = next(n for n in DETECTORS if 'rtmdet' in n)
    with pytest.raises(UserError, match='rle.json: .* have RLEs.*poly2mask'):
        check_masks(config_of(name, data, 'rle'))
    # Without masks in the pipeline nothing is lost.
    cfg = config_of(name, data, 'rle')
    for step in dataset_of(cfg).pipeline:
        step.pop('with_mask', None)
    check_masks(cfg)
