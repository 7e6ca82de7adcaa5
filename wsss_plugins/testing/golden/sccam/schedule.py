"""SC-CAM's learning rates."""
from collections.abc import Iterator
from pathlib import Path

from mmengine.config import Config
from mmengine.model import BaseModule
from mmengine.optim import OptimWrapper, build_optim_wrapper
from mmengine.registry import PARAM_SCHEDULERS, DefaultScope
from torch import nn

from wsss_plugins.testing.arrays import load_arrays
from wsss_plugins.testing.checks import Check, checks, compare, equal
from wsss_plugins.testing.configs import config_path

_CONFIG = 'sccam/sccam_resnet38_1xb16-81k_voc12-224.py'
_EPOCHS = 61


class _Layers(BaseModule):
    """A model with the names that the config groups parameters by."""

    def __init__(self) -> None:
        super().__init__()
        self.backbone = nn.Conv2d(1, 1, 1)
        self.decode_head = nn.Module()
        self.decode_head.parent = nn.Module()
        self.decode_head.parent.conv_seg = nn.Conv2d(1, 1, 1, bias=False)
        self.decode_head.conv_sub = nn.Conv2d(1, 1, 1, bias=False)


def _group(wrapper: OptimWrapper, parameter: nn.Parameter) -> dict:
    return next(group for group in wrapper.param_groups
                if any(p is parameter for p in group['params']))


@checks('poly_lr*.npz')
def check_poly_lr(path: Path) -> Iterator[Check]:
    """``poly_lr*.npz``: rates, momentum and decay of the config."""
    data = load_arrays(path)
    cfg = Config.fromfile(config_path(_CONFIG))
    horizon = int(data['max_step'])
    if horizon == cfg.epoch * _EPOCHS:
        yield equal('end of the schedule', cfg.param_scheduler[0].end,
                    horizon + 1)
    cfg.param_scheduler[0].end = horizon + 1
    model = _Layers()
    wrapper = build_optim_wrapper(model, cfg.optim_wrapper)
    with DefaultScope.overwrite_default_scope('mmengine'):
        scheduler = PARAM_SCHEDULERS.build(
            cfg.param_scheduler[0], default_args=dict(optimizer=wrapper))
    head = model.decode_head
    groups = [_group(wrapper, p) for p in (
        model.backbone.weight, model.backbone.bias,
        head.parent.conv_seg.weight, head.conv_sub.weight)]
    # The last of the reference's groups, biases of the head, has none.
    golden = [data['group_lr_mult'][i] for i in (0, 1, 2, 2)]
    yield compare('group_lr_mult',
                  [g['lr'] / groups[0]['lr'] for g in groups], golden)
    for key in ('momentum', 'weight_decay'):
        yield compare(key, [g[key] for g in groups],
                      [data[key][i] for i in (0, 1, 2, 2)])
    wanted, rates = set(data['epoch_first_step'].tolist()), {}
    for step in range(horizon):
        last = groups[0]['lr']
        if step in wanted:
            rates[step] = last
        scheduler.step()
    yield compare('lr_base_at_epoch',
                  [rates[s] for s in data['epoch_first_step'].tolist()],
                  data['lr_base_at_epoch'], 1e-6, 1e-12)
    yield compare('lr_last', last, data['lr_last'], 1e-5, 1e-14)
