"""A segmentor that starts at the convex fit of its classifier."""
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.dataset import BaseDataset
from mmengine.runner import Runner
from mmseg.registry import DATASETS

from wsss_plugins.engine.hooks import ChannelsLastHook
from wsss_plugins.engine.linear_fit import PixelStartHook
from wsss_plugins.structures import UserError, write_mask

SIDE, CLASSES = 32, 3
COLORS = np.array([(20, 20, 20), (220, 30, 30), (30, 30, 220)], np.uint8)
"""Background and two objects."""


@DATASETS.register_module(force=True)
class _Squares(BaseDataset):
    METAINFO = dict(classes=('background', 'red', 'blue'),
                    palette=[(0, 0, 0), (255, 0, 0), (0, 0, 255)])

    def load_data_list(self):
        paths = sorted(Path(self.data_root).glob('*.png'))
        return [dict(img_path=str(path), seg_map_path=str(path).replace(
            'images', 'masks'), label_map=None, reduce_zero_label=False,
            seg_fields=[]) for path in paths]

    def _join_prefix(self):
        pass


@pytest.fixture
def squares(tmp_path):
    """Squares of flat color; a border of each mask is to be ignored."""
    rng = np.random.default_rng(0)
    for folder in ('images', 'masks'):
        (tmp_path / folder).mkdir()
    for number in range(6):
        mask = np.zeros((SIDE, SIDE), np.uint8)
        y, x = rng.integers(0, 16, 2)
        mask[y:y + 16, x:x + 16] = 1 + number % 2
        cv2.imwrite(str(tmp_path / f'images/{number}.png'),
                    COLORS[mask][:, :, ::-1])
        mask[:2] = 255
        write_mask(tmp_path / f'masks/{number}.png', mask,
                   _Squares.METAINFO['palette'])
    return tmp_path


def config(folder, head=None, **hook):
    """A classifier on a frozen random backbone of 1x1 convolutions."""
    head = head or dict(num_convs=0, channels=16, concat_input=False)
    return Config(dict(
        default_scope='mmseg',
        work_dir=str(folder / 'work'),
        model=dict(
            type='EncoderDecoder',
            data_preprocessor=dict(
                type='SegDataPreProcessor', mean=[127.] * 3, std=[64.] * 3,
                size=(SIDE, SIDE), test_cfg=dict(size_divisor=8)),
            backbone=dict(
                type='ResNet', depth=18, base_channels=16, num_stages=1,
                stem_channels=16, strides=(1, ), dilations=(1, ),
                out_indices=(0, ), frozen_stages=1, norm_eval=True),
            decode_head=dict(
                type='FCNHead', in_channels=16, in_index=0,
                num_classes=CLASSES, dropout_ratio=.5, align_corners=False,
                norm_cfg=dict(type='BN'), **head),
            test_cfg=dict(mode='whole')),
        train_dataloader=dict(
            batch_size=2,
            sampler=dict(type='InfiniteSampler', shuffle=True),
            dataset=dict(
                type='_Squares', data_root=str(folder / 'images'), pipeline=[
                    dict(type='LoadImageFromFile'),
                    dict(type='LoadAnnotations'),
                    dict(type='PackSegInputs')
                ])),
        optim_wrapper=dict(optimizer=dict(type='SGD', lr=0.)),
        train_cfg=dict(type='IterBasedTrainLoop', max_iters=1),
        custom_hooks=[
            dict(type='wsss_plugins.PixelStartHook', scales=(SIDE, ),
                 num_workers=0, **hook),
            dict(type='wsss_plugins.ChannelsLastHook')
        ]))


def trained(cfg):
    torch.manual_seed(0)
    runner = Runner.from_cfg(cfg)
    runner.train()
    return runner


def test_segments_before_the_first_step(squares):
    runner = trained(config(squares, weight_decay=1e-4))
    model = runner.model.eval()
    # Read as BGR and not turned.
    colors = torch.from_numpy(COLORS[:, ::-1].copy()).float()
    inputs = ((colors - 127.) / 64.)[:, :, None, None]
    inputs = inputs.expand(-1, -1, SIDE, SIDE)
    with torch.no_grad():
        middle = model.encode_decode(inputs, [dict(
            ori_shape=(SIDE, SIDE), img_shape=(SIDE, SIDE))] * 3)
    assert middle[:, :, 16, 16].argmax(1).tolist() == [0, 1, 2]


def test_weights_are_channels_last(squares):
    model = trained(config(squares)).model
    weight = model.backbone.layer1[0].conv1.weight
    assert weight.is_contiguous(memory_format=torch.channels_last)


def test_a_resumed_run_is_left_alone(squares):
    class Going:
        iter = 3
    PixelStartHook().before_train(Going())


def test_rows_do_not_depend_on_the_number_asked_for(squares):
    """The same pixels of an image, whatever else there is."""
    from wsss_plugins.engine.image_set import ImageSet
    from wsss_plugins.engine.linear_fit.pixels import pixel_rows
    cfg = config(squares)
    runner = Runner.from_cfg(cfg)
    images = ImageSet(runner.train_dataloader.dataset,
                      cfg.train_dataloader.dataset.pipeline)
    all_rows = pixel_rows(runner.model, images, 10**6, 0)
    assert all_rows[0].shape[1] == 16 and all_rows[1].shape[1] == CLASSES
    # Stride 4; the two ignored lines are half of the first line of pixels.
    assert len(all_rows[0]) == 6 * 64
    assert all_rows[1].sum(1).unique().tolist() == [.5, 1.]
    few = pixel_rows(runner.model, images, 60, 0)
    assert len(few[0]) == 60


@pytest.mark.parametrize('head, words', [
    (dict(num_convs=1, channels=16), 'more than'),
])
def test_heads_that_cannot_be_fitted(squares, head, words):
    with pytest.raises(UserError, match=words):
        trained(config(squares, head))


def test_wrong_arguments():
    with pytest.raises(UserError, match='positive'):
        PixelStartHook(pixels=0)
    assert ChannelsLastHook().priority == 'VERY_HIGH'
