"""Test stages as their configs say, run here, with the time of each part."""
import copy
import gc
import logging
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import torch
from mmengine.config import Config
from mmengine.evaluator import BaseMetric, Evaluator
from mmengine.logging import MMLogger
from mmengine.model import BaseDataPreprocessor, BaseTTAModel
from mmengine.registry import init_default_scope
from mmengine.runner import Runner
from torch import nn

from wsss_plugins.apis.augmented_test import enable_tta
from wsss_plugins.apis.background import set_background
from wsss_plugins.apis.read_config import read_config
from wsss_plugins.apis.shortcuts import apply_options
from wsss_plugins.apis.stage_parts import stage_parts
from wsss_plugins.evaluation.output_folder import OutputFolder
from wsss_plugins.registry import METRICS, MODELS
from wsss_plugins.testing.configs import config_path

#: A narrow ResNet-18 of stride 8: what is not the network shows beside it.
SMALL_BACKBONE = dict(
    _delete_=True,
    type='ResNet',
    depth=18,
    stem_channels=32,
    base_channels=32,
    strides=(1, 2, 1, 1),
    dilations=(1, 1, 1, 1),
    norm_cfg=dict(type='BN'))


class Clock:
    """Seconds of the processor by part, and those without it: ``idle``.

    It runs between :meth:`turn` to a part and to None; a part within another
    one is not counted twice.
    """

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._part: str | None = None
        self._since = self._core_since = 0.

    def turn(self, part: str | None) -> str | None:
        """Count for a part from now on; returns the one before."""
        now, core = time.perf_counter(), time.process_time()
        before = self._part
        if before is not None:
            spent = core - self._core_since
            self._add(before, spent)
            self._add('idle', max(0., now - self._since - spent))
        self._part, self._since, self._core_since = part, now, core
        return before

    def _add(self, part: str, seconds: float) -> None:
        self.seconds[part] = self.seconds.get(part, 0.) + seconds

    def within(self, part: str, function: Callable) -> Callable:
        """The function, its time counted for a part."""

        def timed(*args, **options):
            if self._part is None:
                return function(*args, **options)
            before = self.turn(part)
            try:
                return function(*args, **options)
            finally:
                self.turn(before)

        return timed


def stage_config(config: str, options: dict, tta: bool = False) -> Config:
    """Config of a stage, as ``tools/test.py`` prepares it.

    Args:
        config (str): Path below ``configs/``.
        options (dict): As of ``--cfg-options``.
        tta (bool): As of ``--tta``.
    """
    cfg = read_config(config_path(config))
    init_default_scope(cfg.get('default_scope') or 'mmseg')
    # Merging takes marks such as _delete_ out of what it is given.
    apply_options(cfg, copy.deepcopy(options))
    if tta:
        enable_tta(cfg)
    set_background(cfg, ('test', ))
    cfg.test_dataloader.update(num_workers=0, persistent_workers=False)
    MMLogger.get_current_instance().setLevel(logging.ERROR)
    return cfg


class Stage:
    """A test stage without its start-up: loader, network, evaluators.

    ``checks`` is the look at all files before the first image, ``decode``
    what loads files, ``network`` the forward passes of its parts,
    ``writing`` the writers of files; all else of transforms, model and
    metrics is ``numerics``, and what is between them ``other``.

    Args:
        config, options, tta: As of :func:`stage_config`.
        out (Path): Folder for what it writes.
    """

    def __init__(self, config: str, out: Path, options: dict,
                 tta: bool = False) -> None:
        self.cfg = stage_config(config, options, tta)
        self.names = stage_parts(self.cfg)
        self.out, self.clock, self.runs = out, Clock(), 0
        self.metrics: dict[str, float] = {}
        self._calls: list[tuple] | None = None
        self._records = False
        torch.manual_seed(0)
        self.model = MODELS.build(self.cfg.model).eval()
        self._watch(self.model)

    @property
    def segmentor(self) -> nn.Module:
        """The model below its augmentation."""
        return getattr(self.model, 'module', self.model)

    def _watch(self, model: nn.Module) -> None:
        for child in model.children():
            if isinstance(model, BaseTTAModel):
                self._watch(child)
            elif not isinstance(child, BaseDataPreprocessor):
                child.forward = self._counted(child.forward)

    def _counted(self, forward: Callable) -> Callable:
        timed = self.clock.within('network', forward)

        def call(*args, **options):
            if self._records:
                self._calls.append((forward, args, options))
            return timed(*args, **options)

        return call

    @torch.no_grad()
    def network_alone(self) -> None:
        """Repeat the forward passes of a run, and nothing else of it.

        The first call is such a run, to know them.
        """
        if self._calls is None:
            self._calls, self._records = [], True
            self.run()
            self._records = False
            return
        for forward, args, options in self._calls:
            forward(*args, **options)

    def _loader(self):
        loader = self.clock.within('checks', Runner.build_dataloader)(
            self.cfg.test_dataloader)
        transforms = loader.dataset.pipeline.transforms
        transforms[:] = [
            self.clock.within(
                'decode' if type(one).__name__.startswith('Load') else
                'numerics', one) for one in transforms
        ]
        return loader

    def _evaluator(self, meta: dict) -> Evaluator:
        found = self.cfg.test_evaluator
        found = [found] if isinstance(found, dict) else found
        metrics = [self._metric(dict(one)) for one in found]
        evaluator = Evaluator(metrics)
        evaluator.dataset_meta = meta
        return evaluator

    def _metric(self, config: dict) -> BaseMetric:
        kind = METRICS.get(config['type'])
        writes = issubclass(kind, OutputFolder)
        if writes:
            config['out_dir'] = self.out
        metric = METRICS.build(config)
        part = 'writing' if writes else 'numerics'
        for name in ('process', 'evaluate'):
            setattr(metric, name,
                    self.clock.within(part, getattr(metric, name)))
        return metric

    @torch.no_grad()
    def run(self) -> Path:
        """Do all images; returns the folder of outputs."""
        shutil.rmtree(self.out, ignore_errors=True)
        # Data sets collect garbage: of start-up, and of a large process here.
        gc.freeze()
        self.clock.turn('other')
        loader = self._loader()
        evaluator = self._evaluator(loader.dataset.metainfo)
        step = self.clock.within('numerics', self.model.test_step)
        for batch in loader:
            evaluator.process(data_samples=step(batch), data_batch=batch)
        self.metrics = evaluator.evaluate(len(loader.dataset))
        self.clock.turn(None)
        self.runs += 1
        return self.out

    def report(self) -> dict:
        """Entries of a row: seconds of a run by part, and of what parts."""
        return dict(
            parts={
                part: seconds / self.runs
                for part, seconds in self.clock.seconds.items()
            },
            stage=self.names)
