"""What ``tools/test.py`` does with its arguments."""
import argparse
import gc
from pathlib import Path

from mmengine.config import Config
from mmengine.dist import is_main_process
from mmengine.registry import RUNNERS
from mmengine.runner import Runner

from ..compat import stop_ranks
from ..structures import UserError, write_json
from .augmented_test import enable_tta
from .background import set_background
from .launch import load_config, stamp_writers
from .mistakes import naming_mistakes
from .ranks import among_ranks
from .safety import guard_weights

_NEEDS = ('model', 'test_dataloader', 'test_evaluator')


def run_test(args: argparse.Namespace) -> None:
    """Test a model, and write ``metrics.json`` into the work dir.

    Args:
        args (argparse.Namespace): Those of ``tools/test.py``.

    Raises:
        UserError: If the config, its files or an option is wrong.
    """
    with among_ranks(), naming_mistakes(args.config):
        _test(args)
    stop_ranks()


def _test(args: argparse.Namespace) -> None:
    cfg = load_config(args, _NEEDS)
    guard_weights(cfg)
    # Images of a test have many sizes; cuDNN would try its ways for each.
    cfg.setdefault('env_cfg', {})['cudnn_benchmark'] = False
    if args.tta:
        enable_tta(cfg)
    set_background(cfg, ('test', ))
    _set_checkpoint(cfg, args)
    stamp_writers(cfg, cfg.load_from)
    # Data sets collect garbage, but none of it is among what was imported.
    gc.freeze()
    build = RUNNERS.build if 'runner_type' in cfg else Runner.from_cfg
    metrics = build(cfg).test()
    if is_main_process():
        write_json(Path(cfg.work_dir, 'metrics.json'), metrics, indent=1,
                   default=float)


def _set_checkpoint(cfg: Config, args: argparse.Namespace) -> None:
    """Let the runner load it, after hooks have prepared for it."""
    path = args.checkpoint
    cfg.resume, cfg.load_from = False, None
    if path in (None, 'none'):
        if cfg.model.type != 'wsss_plugins.PrecomputedModel':
            raise UserError(f'{args.config}: this model has weights; name a '
                            'checkpoint')
        return
    if '://' not in path and not Path(path).is_file():
        raise UserError(f'{path}: checkpoint not found')
    cfg.load_from = path
