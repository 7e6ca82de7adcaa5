"""Networks of configs, built without memory or weights."""
import re
from collections.abc import Sequence

import torch
from mmengine.config import Config
from mmengine.registry import DefaultScope
from torch import nn

from ..registry import MODELS
from .configs import config_path


def network_of_config(config: str, **options: object) -> nn.Module:
    """The config's network on the meta device.

    Args:
        config (str): Path of a config below ``configs/``.
        options: Entries of the config to replace, by dotted name.
    """
    cfg = Config.fromfile(config_path(config))
    cfg.merge_from_dict(options)
    cfg.model.backbone.init_cfg = None
    with torch.device('meta'), DefaultScope.overwrite_default_scope('mmseg'):
        return MODELS.build(cfg.model)


def network_shapes(config: str,
                   renaming: Sequence[tuple[str, str]]) -> dict[str, list]:
    """Shapes of a config's parameters by a reference's names.

    Args:
        config (str): Path of a config below ``configs/``.
        renaming (Sequence): Pairs of a regular expression and its
            replacement; the first that matches a name is used.

    Returns:
        dict[str, list[int]]: Shapes of parameters and buffers.
    """
    shapes = {}
    for name, value in network_of_config(config).state_dict().items():
        for pattern, new in renaming:
            name, count = re.subn(pattern, new, name)
            if count:
                break
        shapes[name] = list(value.shape)
    return shapes
