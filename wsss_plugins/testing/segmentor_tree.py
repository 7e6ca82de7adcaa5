"""A small stock segmentor, trained for a few steps, for tests."""
from pathlib import Path

import torch
from mmengine.config import Config
from mmengine.registry import DefaultScope
from mmengine.runner import Runner
from mmseg.registry import MODELS

from .configs import config_path
from .voc_tree import make_voc_tree

#: What :func:`make_segmentor` learns.
CLASSES = ('background', 'cat', 'dog')
PALETTE = [[0, 0, 0], [220, 20, 60], [0, 120, 255]]
_CONFIG = 'deeplab/deeplabv2_r18-small_tinyvoc.py'


def small_config() -> Config:
    """DeepLab on a ResNet-18 of 8 channels, for :data:`CLASSES`."""
    cfg = Config.fromfile(config_path(_CONFIG))
    cfg.model.backbone.update(stem_channels=8, base_channels=8)
    cfg.model.decode_head.update(in_channels=64, num_classes=len(CLASSES))
    cfg.model.data_preprocessor.size = (48, 48)
    meta = dict(classes=CLASSES, palette=PALETTE)
    for loader in (cfg.train_dataloader, cfg.val_dataloader,
                   cfg.test_dataloader):
        loader.dataset.update(type='BaseSegDataset', metainfo=meta,
                              img_suffix='.jpg', seg_map_suffix='.png')
        loader.update(num_workers=0, batch_size=4, persistent_workers=False)
    return cfg


def make_segmentor(folder: Path, steps: int = 30) -> tuple[Path, Path]:
    """Train it on :func:`make_voc_tree`, from the weights of a backbone.

    Args:
        folder (Path): Where to.
        steps (int): How many.

    Returns:
        tuple[Path, Path]: Config and checkpoint.
    """
    torch.manual_seed(0)
    cfg, root = small_config(), make_voc_tree(folder)
    with DefaultScope.overwrite_default_scope('mmseg'):
        backbone = MODELS.build(cfg.model.backbone)
    torch.save(backbone.state_dict(), folder / 'backbone.pth')
    cfg.model.backbone.init_cfg = dict(
        type='Pretrained', checkpoint=str(folder / 'backbone.pth'))
    steps_of_train = [
        dict(type='LoadImageFromFile'), dict(type='LoadAnnotations'),
        dict(type='RandomCrop', crop_size=(40, 40)),
        dict(type='PackSegInputs')
    ]
    cfg.train_dataloader.dataset.update(
        data_root=str(root), ann_file='train.txt', pipeline=steps_of_train,
        data_prefix=dict(img_path='JPEGImages',
                         seg_map_path='SegmentationClass'))
    cfg.model.data_preprocessor.size = (40, 40)
    cfg.merge_from_dict(dict(
        work_dir=str(folder / 'work'), max_iters=steps, log_level='ERROR',
        train_cfg=dict(max_iters=steps, val_interval=10 * steps),
        val_dataloader=None, val_evaluator=None, val_cfg=None,
        default_hooks=dict(checkpoint=dict(interval=steps))))
    cfg.dump(folder / 'config.py')
    Runner.from_cfg(cfg).train()
    return folder / 'config.py', folder / 'work' / f'iter_{steps}.pth'
