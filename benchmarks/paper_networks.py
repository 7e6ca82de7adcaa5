"""Stages of the papers' pipelines with their own networks, and these alone.

"Reference" is the network: the forward passes of a test stage (none of those
that only read files), or forward and backward of a training step, on the same
inputs. "Ours" is the whole stage, or the whole step: the ratio is the
network's share.
Seconds are those of one core, weights random. Photographs and crops have a
quarter of their sides here, but where the network sees a size of its own;
``tools/dev/plan_stages.py`` turns the times into hours.
"""
import inspect
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

from common.harness import Case
from common.photos import Photos
from common.stage import Stage, stage_config
from common.training import TrainingStep, training_config
from mmengine.config import Config

from wsss_plugins.apis.stage_parts import crop_side, stage_parts
from wsss_plugins.pipelines.pipeline import Pipeline
from wsss_plugins.pipelines.stage import Stage as PipelineStage
from wsss_plugins.registry import MODELS
from wsss_plugins.testing.configs import config_root

_PIPELINES = '*/pipeline_voc12.py'
_FULL, _SMALL = (375, 500), (94, 125)
_SHRINK = 4
_BATCH = 2
# What stands for the folders of earlier stages.
_FOLDERS = dict(cam_dir='cams', mask_dir='SegmentationClass',
                gradient_dir='gradients', cue_dir='cues')


def options_of(stage: PipelineStage, root: Path) -> dict:
    """Options of a pipeline's stage, with folders of ``Photos``."""
    options = {
        key: value
        for key, value in stage.cfg_options.items()
        if 'skip_done' not in key and not key.endswith(('_file', '_dir'))
    }
    for key, folder in _FOLDERS.items():
        if key in stage.cfg_options:
            options[key] = str(root / folder)
    if 'gradient_dir' in options:
        options['cam_dir'] = str(root / 'sec_cams')
    return dict(options, data_root=str(root))


def _has_own_size(cfg: Config) -> bool:
    """Whether the network sees no smaller input for a smaller photograph."""
    steps = cfg.test_dataloader.dataset.pipeline
    zooms = any(step['type'].endswith('ZoomResize') for step in _steps(steps))
    options = inspect.signature(MODELS.get(cfg.model.type)).parameters
    return zooms or 'min_size' in options


def _steps(pipeline: list[dict]) -> Iterator[dict]:
    """Transforms, those of test-time augmentation too."""
    for step in pipeline:
        yield step
        for choices in step.get('transforms', ()):
            yield from choices


def _test_case(name: str, stage: PipelineStage, folder: Path) -> Case:
    photos = Photos(folder / 'full', 1, _FULL, present=2)
    cfg = config_of(stage, photos.root)
    if cfg.model.type.endswith('PrecomputedModel'):
        photos = Photos(folder / 'several', 4, _FULL, present=2)
    elif not _has_own_size(cfg):
        photos = Photos(folder / 'small', 1, _SMALL, present=2)

    @cache
    def ours() -> Stage:
        photos.write()
        return Stage(str(stage.program), folder / name,
                     options_of(stage, photos.root), stage.tta)

    return _case(name, ours, photos.count, photos.size[0] * photos.size[1])


def _train_case(name: str, stage: PipelineStage, folder: Path) -> Case:
    @cache
    def ours() -> TrainingStep:
        photos = Photos(folder / 'full', 1, _FULL, present=2).write()
        cfg = config_of(stage, photos.root)
        side = crop_side(cfg)
        return TrainingStep(cfg, _BATCH, side and side // _SHRINK)

    return _case(name, ours, _BATCH)


def _case(name: str, ours: Callable[[], Stage | TrainingStep], images: int,
          pixels: int = 0) -> Case:
    """Networks of cases that nobody asks for are not even made."""
    return Case(
        name, lambda: ours().network_alone(), lambda: ours().run(),
        lambda *_: {}, images=images, most=1, clock=time.process_time,
        more=lambda: {'pixels': pixels, **ours().report()})


def _stages(
        folder: Path) -> Iterator[tuple[str, PipelineStage, tuple[str, ...]]]:
    """Name, stage and parts, of stages with a config; equal parts once."""
    known = set()
    for path in sorted(config_root().glob(_PIPELINES)):
        for stage in Pipeline(str(path), work_dir=str(folder)).stages:
            if stage.kind not in _MAKERS:
                continue
            cfg = config_of(stage, folder)
            parts = (stage.kind, *stage_parts(cfg, stage.kind == 'train'))
            # Detectors need annotations of objects, which are not there.
            if parts not in known and cfg.get('default_scope') != 'mmdet':
                known.add(parts)
                yield f'{path.parent.name}: {stage.name}', stage, parts


def config_of(stage: PipelineStage, root: Path) -> Config:
    """Config of a pipeline's stage on ``Photos``."""
    options = options_of(stage, root)
    if stage.kind == 'train':
        return training_config(str(stage.program), options)
    return stage_config(str(stage.program), options, stage.tta)


_MAKERS = dict(train=_train_case, test=_test_case)


def cases(folder: Path, quick: bool) -> Iterator[Case]:
    """All of them; a quick run takes a training and a test of ResNet-50."""
    missing = set(_MAKERS)
    for name, stage, parts in _stages(folder):
        if quick and ('ResNet-50' not in parts or stage.kind not in missing):
            continue
        missing.discard(stage.kind)
        yield _MAKERS[stage.kind](name, stage, folder)
        if quick and not missing:
            return
