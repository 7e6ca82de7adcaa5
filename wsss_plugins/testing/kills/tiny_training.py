"""Any training config on a few generated images, in a forked process."""
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

import torch
from mmengine.config import Config

from ...datasets.converters.extreme_points import add_extreme_points
from ...datasets.tinyvoc import (
    TINYVOC_CLASSES,
    TINYVOC_PALETTE,
    make_tinyvoc,
)
from ...pipelines.commands import option_words
from ...pipelines.forking.script import run_script
from ...pipelines.places import find_tool
from ...structures import Cues, read_mask
from ..configs import config_root
from .forked import Forked, import_all

_TIMEOUT = 300
_POINTS = 'annotations/points_train.json'


def training_configs() -> list[str]:
    """Paths below ``configs/`` of all configs that train on TinyVOC."""
    root = config_root()
    return [str(path.relative_to(root))
            for path in sorted(root.glob('*/*tinyvoc*.py'))
            if not path.name.startswith('pipeline')
            and 'optim_wrapper' in Config.fromfile(path)]


def make_inputs(root: Path, images: int = 8) -> Path:
    """A small TinyVOC, with what other stages would have made from it.

    Args:
        root (Path): Folder to make.
        images (int): Number of training images.

    Returns:
        Path: The folder.
    """
    make_tinyvoc(root, num_train=images, num_val=2, size=64, progress=False)
    add_extreme_points(root / 'annotations/instances_train.json',
                       root / _POINTS, strip_masks=True)
    for path in (root / 'SegmentationClass').glob('*.png'):
        mask = read_mask(path)[2::4, 2::4]
        mask[mask >= len(TINYVOC_CLASSES)] = 255
        Cues.from_index_map(mask, len(TINYVOC_CLASSES)).save(
            root / 'cues' / path.name, TINYVOC_PALETTE)
    return root


def options_of(config: str, root: Path, iterations: int,
               **more: object) -> dict[str, object]:
    """Options that make a training of a config tiny.

    Args:
        config (str): Path below ``configs/``.
        root (Path): Of :func:`make_inputs`.
        iterations (int): How many.
        **more: Further options; ``__`` stands for a dot.
    """
    cfg = Config.fromfile(config_root() / config)
    options = {
        'data_root': f'{root}/', 'batch_size': 2,
        'train_cfg.max_iters': iterations,
        'default_hooks.checkpoint.interval': 1,
        'default_hooks.logger.interval': 1,
        **_inputs(cfg, root)
    }
    for name in ('train', 'val'):
        if cfg.get(f'{name}_dataloader'):
            options[f'{name}_dataloader.num_workers'] = 0
            options[f'{name}_dataloader.persistent_workers'] = False
    if cfg.get('val_evaluator'):
        options['train_cfg.val_interval'] = iterations
    options |= {key.replace('__', '.'): v for key, v in more.items()}
    return options


def _inputs(cfg: Config, root: Path) -> dict[str, object]:
    """What takes the place of other stages' outputs."""
    options: dict[str, object] = {}
    prefix = cfg.train_dataloader.dataset.get('data_prefix', {})
    for key, name, folder in (
        ('seg_map_path', 'mask_dir', 'SegmentationClass'),
        ('cue_path', 'cue_dir', 'cues')):
        if key in prefix:
            options[name] = f'{root}/{folder}'
    if 'train_file' in cfg:
        points = cfg.train_file.endswith('points_train.json')
        options['train_file'] = (
            f'{root}/{_POINTS}' if points
            else f'{root}/annotations/instances_train.json')
    if 'feature_checkpoint' in cfg:
        options['custom_hooks.0.feature_checkpoint'] = None
    if cfg.model.get('backbone', {}).get('init_cfg'):
        options['model.backbone.init_cfg'] = None
    return options


def train(config: str, work: Path, options: dict[str, object],
          trap: Callable[[], None] | None = None, resume: bool = False,
          **environment: str) -> Forked:
    """Start ``tools/train.py``.

    Args:
        config (str): Path below ``configs/``.
        work (Path): Its work dir.
        options (dict): By dotted key.
        trap (Callable, optional): Called in the new process first.
        resume (bool): Whether to go on.
        **environment: Variables of the process.

    Returns:
        Forked: The process; its output is in ``WORK.log``.
    """
    words = [find_tool('tools/train.py'), config_root() / config,
             '--work-dir', work, *['--resume'] * resume,
             *option_words(config, options)]
    import_all()
    return Forked(partial(_run, words, trap, environment), f'{work}.log')


def _run(words: list, trap: Callable[[], None] | None,
         environment: dict[str, str]) -> None:
    os.environ.update(environment)
    torch.set_num_threads(1)
    if trap is not None:
        trap()
    run_script(words)


def finish(process: Forked, work: Path, status: int | None = 0) -> int:
    """Wait for the end of a training.

    Args:
        process (Forked): What :func:`train` returned.
        work (Path): Its work dir.
        status (int, optional): The exit status that it must have.

    Returns:
        int: Its exit status.

    Raises:
        AssertionError: If it has another one; with the end of the log.
    """
    try:
        found = process.wait(_TIMEOUT)
    finally:
        process.end()
    if found is None or (status is not None and found != status):
        log = Path(f'{work}.log')
        text = log.read_text(errors='replace') if log.exists() else ''
        raise AssertionError(f'{work}: status {found}, not {status}\n'
                             f'{text[-3000:]}')
    return found


def last_checkpoint(work: Path) -> Path:
    """The checkpoint that a finished training names."""
    return work / Path((work / 'last_checkpoint').read_text().strip()).name
