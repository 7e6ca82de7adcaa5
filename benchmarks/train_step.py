"""Training steps of our heads against a plain mmseg segmentor's; EPS' loss.

A step is the data preprocessor, forward, losses, backward and the update of
SGD. Plain: mmseg's ``EncoderDecoder`` with an ``FCNHead`` of as many channels
and cross entropy on masks; same backbone, images and crop. Transforms run in
data workers beside it, and are compared by themselves. Seconds are those of
one core.
"""
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import eps_loss
import torch
from common.harness import Case
from common.photos import CLASSES, Photos
from common.stage import SMALL_BACKBONE
from common.training import TrainingStep, training_config
from mmengine.config import Config

from wsss_plugins.testing.configs import config_path

_SIZE = (375, 500)
_LEVELS = [64, 128, 256]
_BATCH = 4
# Crop of configs that crop; SEC's images have one size.
_CROP = {False: 224, True: 128}
_FIXED = 321


@dataclass(frozen=True)
class Head:
    """A head's config, and the plain head beside it.

    Args:
        config (str): Of a training, below ``configs/``.
        options (dict): That fit it to the small backbone.
        folders (dict): Names of folders that it reads.
        plain (dict): Of mmseg's ``FCNHead``.
        crops (bool): Whether it crops.
    """
    config: str
    options: dict
    folders: dict
    plain: dict
    crops: bool = True


_LAST = dict(in_channels=256, channels=256, num_convs=0, concat_input=False)
HEADS = {
    'CAM': Head('cam/cam_resnet38_1xb8-20k_voc12-448.py',
                {'model.decode_head.in_channels': 256}, {}, _LAST),
    'EPS': Head('eps/eps_resnet38_1xb8-20k_voc12-448.py',
                {'model.decode_head.in_channels': 256}, {}, _LAST),
    'SC-CAM': Head('sccam/sccam_resnet38_1xb16-81k_voc12-224.py',
                   {'model.decode_head.parent.in_channels': 256}, {}, _LAST),
    'affinity (PSA)': Head(
        'psa/aff_resnet38_1xb8-11k_voc12-448.py',
        {'model.decode_head.in_channels': _LEVELS},
        dict(mask_dir='SegmentationClass'),
        dict(in_channels=_LEVELS, in_index=[0, 1, 2], channels=448,
             input_transform='resize_concat', num_convs=1, kernel_size=1,
             concat_input=False)),
    'SEC': Head(
        'sec/sec_vgg16_1xb15-8k_voc12-321.py', {
            'model.decode_head.in_channels': 256,
            'model.decode_head.channels': 256
        }, dict(cue_dir='cues'),
        dict(in_channels=256, channels=256, num_convs=1, dilation=12,
             concat_input=False), crops=False),
}


def _backbone(head: Head) -> dict:
    levels = (1, 2, 3) if 'in_index' in head.plain else (3, )
    return dict(SMALL_BACKBONE, out_indices=levels)


def our_step(head: Head, photos: Photos, batch: int,
             crop: int) -> TrainingStep:
    """The head's config on the small backbone."""
    folders = {key: str(photos.root / name)
               for key, name in head.folders.items()}
    options = {'data_root': str(photos.root), **folders, **head.options,
               'model.backbone': _backbone(head)}
    cfg = training_config(config_path(head.config), options)
    return TrainingStep(cfg, batch, crop if head.crops else None)


def plain_step(head: Head, photos: Photos, batch: int,
               crop: int) -> TrainingStep:
    """Stock parts only, but for the data set, which lists the same images."""
    crop = crop if head.crops else _FIXED
    pipeline = [
        dict(type='LoadImageFromFile'),
        dict(type='LoadAnnotations'),
        dict(type='RandomResize', scale=_SIZE[::-1], ratio_range=(.5, 2.),
             keep_ratio=True),
        dict(type='RandomCrop', crop_size=(crop, crop), cat_max_ratio=.75),
        dict(type='RandomFlip', prob=.5),
        dict(type='PhotoMetricDistortion'),
        dict(type='PackSegInputs')
    ]
    backbone = {key: value for key, value in _backbone(head).items()
                if key != '_delete_'}
    model = dict(
        type='EncoderDecoder',
        data_preprocessor=dict(
            type='SegDataPreProcessor', mean=[123.675, 116.28, 103.53],
            std=[58.395, 57.12, 57.375], bgr_to_rgb=True, pad_val=0,
            seg_pad_val=255, size=(crop, crop)),
        backbone=backbone,
        decode_head=dict(type='FCNHead', num_classes=CLASSES, **head.plain),
        train_cfg=dict(), test_cfg=dict(mode='whole'))
    dataset = dict(
        type='wsss_plugins.VOC12ImageLevelDataset',
        data_root=str(photos.root), pipeline=pipeline,
        ann_file='ImageSets/Segmentation/train_aug.txt',
        data_prefix=dict(img_path='JPEGImages',
                         seg_map_path='SegmentationClass'))
    optimizer = dict(type='SGD', lr=.01, momentum=.9, weight_decay=5e-4)
    cfg = Config(dict(
        model=model,
        train_dataloader=dict(
            dataset=dataset,
            sampler=dict(type='InfiniteSampler', shuffle=True)),
        optim_wrapper=dict(type='OptimWrapper', optimizer=optimizer)))
    return TrainingStep(cfg, batch)


def _parameters(step: TrainingStep) -> int:
    return sum(p.numel() for p in step.model.parameters())


@torch.no_grad()
def _agree(plain: TrainingStep, ours: TrainingStep) -> dict[str, float]:
    """Features of equal images, and parameters in thousands."""
    features = []
    for step in (plain, ours):
        images = dict(inputs=ours.batch['inputs'],
                      data_samples=ours.batch['data_samples'])
        inputs = step.model.data_preprocessor(images, False)['inputs']
        features.append(step.model.backbone(inputs)[-1])
    error = (features[0] - features[1]).abs().max() / features[0].abs().max()
    return dict(features_error=float(error),
                plain_parameters=_parameters(plain) / 1e3,
                parameters=_parameters(ours) / 1e3)


def _load(step: TrainingStep) -> None:
    """Transforms of a batch, one after another."""
    for _ in range(step.images):
        step.dataset[0]


def cases(folder: Path, quick: bool) -> Iterator[Case]:
    """Steps of each head, its transforms, and EPS' loss alone."""
    photos = Photos(folder / 'photos', _BATCH, _SIZE, present=2).write()
    for name, head in HEADS.items():
        batch = _BATCH if head.crops else 2
        plain, ours = (make(head, photos, batch, _CROP[quick])
                       for make in (plain_step, our_step))
        side = round(ours.pixels**.5)
        yield Case(f'{name}: step, {batch} of {side}x{side}', plain.run,
                   ours.run, _agree, images=batch, most=5,
                   clock=time.process_time)
        yield Case(f'{name}: transforms of {batch}', partial(_load, plain),
                   partial(_load, ours), lambda *_: {}, images=batch,
                   clock=time.process_time)
    yield from eps_loss.cases(folder, quick)
