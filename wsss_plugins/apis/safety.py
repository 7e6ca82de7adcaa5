"""What every training and test of ours has, whatever its config."""
from mmengine.config import Config

from ..engine.bfloat16 import processor_has_bfloat16
from ..structures import UserError

_STOCK = ('CheckpointHook', 'mmengine.CheckpointHook')
_OURS = 'wsss_plugins.CheckpointHook'


def guard_training(cfg: Config) -> None:
    """Let a training survive kills, and resume as if there had been none.

    Configs of others have mmengine's hooks: ours take their places, with the
    same arguments. A seed is set if there is none.

    Args:
        cfg (Config): Changed in place.
    """
    hooks = cfg.setdefault('default_hooks', {})
    hook = hooks.setdefault('checkpoint', dict(type=_OURS, interval=1))
    if hook is not None and hook.setdefault('type', _OURS) in _STOCK:
        hook['type'] = _OURS
    hooks.setdefault('step_seed', dict(type='wsss_plugins.StepSeedHook'))
    hooks.setdefault('fixed_sizes', dict(type='wsss_plugins.FixedSizesHook'))
    randomness = cfg.setdefault('randomness', dict(seed=0))
    if randomness.get('seed') is None:
        randomness['seed'] = 0
    guard_weights(cfg)


def guard_weights(cfg: Config) -> None:
    """Check all weights that are loaded, and what comes out of them.

    Args:
        cfg (Config): Changed in place.
    """
    hooks = cfg.setdefault('default_hooks', {})
    hooks.setdefault('weights', dict(type='wsss_plugins.WeightsHook'))
    hooks.setdefault('finite', dict(type='wsss_plugins.FiniteHook'))


def enable_amp(cfg: Config, with_gpu: bool) -> None:
    """Train with automatic mixed precision: float16, on a CPU bfloat16.

    Args:
        cfg (Config): Changed in place.
        with_gpu (bool): Whether there is one.

    Raises:
        UserError: If the config's optimizer or this machine cannot.
    """
    if not (with_gpu or processor_has_bfloat16()):
        raise UserError('--amp: mixed precision needs a GPU with CUDA, or a '
                        'CPU that computes in bfloat16 (AMX, AVX-512), and '
                        'there is none; train without --amp')
    wrapper = cfg.optim_wrapper.type
    if wrapper not in ('OptimWrapper', 'AmpOptimWrapper'):
        raise UserError(f'--amp: the config uses {wrapper}; only OptimWrapper '
                        'can be switched to mixed precision')
    if not with_gpu:
        cfg.optim_wrapper.type = 'wsss_plugins.BFloat16OptimWrapper'
        for key in ('loss_scale', 'dtype', 'use_fsdp'):
            cfg.optim_wrapper.pop(key, None)
        return
    cfg.optim_wrapper.type = 'AmpOptimWrapper'
    cfg.optim_wrapper.setdefault('loss_scale', 'dynamic')
