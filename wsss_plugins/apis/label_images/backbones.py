"""Another backbone for the networks of a recipe."""
import copy
import difflib
import logging
from pathlib import Path

import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmseg.registry import MODELS

from ...models.converters.checkpoint_files import read_checkpoint
from ...models.heads.cam_head import CAMHead
from ...pipelines.places import package_folders
from ...structures import UserError
from ..read_config import read_config

# Side of the image by which channels are found, in pixels.
_SIDE = 64


def backbones() -> dict[str, Path]:
    """Config files of all backbones by name: ``_base_/backbones/NAME.py``."""
    found: dict[str, Path] = {}
    for folder in package_folders():
        for path in sorted((folder / 'configs/_base_/backbones').glob('*.py')):
            found.setdefault(path.stem, path)
    return found


class Backbone:
    """A backbone, put into configs of CAM networks and segmentors.

    Its config has ``backbone``, and optionally ``data_preprocessor`` (mean,
    std, bgr_to_rgb), and ``cam`` and ``segmentor``: entries of the backbone
    that are different there, such as ``out_indices``. Numbers of channels are
    found out.

    Args:
        name (str): Short name, or a config file.
        weights (str, optional): Checkpoint, in place of the config's.

    Raises:
        UserError: If there is no such backbone, it cannot be built, or its
            weights are not to be had.
    """

    def __init__(self, name: str, weights: str | None = None) -> None:
        self.name = name
        self.config = _read(name)
        if weights is not None:
            path = Path(weights)
            read_checkpoint(path)
            self.config['backbone']['init_cfg'] = dict(
                type='Pretrained', checkpoint=str(path.absolute()))
        self._channels = {
            role: self._probe(role) for role in ('cam', 'segmentor')}

    def backbone(self, role: str) -> dict:
        """Config of the backbone in a network.

        Args:
            role (str): ``'cam'`` or ``'segmentor'``.
        """
        return {**self.config['backbone'], **self.config.get(role, {})}

    def edit(self, cfg: Config) -> None:
        """Put it into the config of a stage, if that has such a network.

        Networks with further needs, such as those of random walks, keep their
        own.
        """
        role = _role(cfg)
        if role is None:
            return
        model, channels = cfg.model, self._channels[role]
        model.backbone = self.backbone(role)
        model.data_preprocessor.update(
            self.config.get('data_preprocessor', {}))
        # Of sub-categories, the head within the head reads the features.
        head = model.decode_head.get('parent', model.decode_head)
        head.in_channels, head.in_index = channels[-1], len(channels) - 1
        if head.get('num_convs') == 0:
            head.channels = channels[-1]
        if role == 'segmentor':
            _fit_low_level(model.decode_head, channels)

    def _probe(self, role: str) -> list[int]:
        """Channels of each map; with its weights if it makes the CAMs."""
        config = copy.deepcopy(self.backbone(role))
        init_default_scope('mmseg')
        try:
            network = MODELS.build(config)
        except Exception as error:  # whatever its own constructor raises
            raise UserError(f'--backbone {self.name}: cannot be built '
                            f'({_line(error)}); fix its config') from None
        if role == 'cam':
            self._load(network)
        network.eval()
        with torch.no_grad():
            maps = network(torch.zeros(1, 3, _SIDE, _SIDE))
        if not isinstance(maps, (tuple, list)) or not all(
                torch.is_tensor(each) and each.ndim == 4 for each in maps):
            raise UserError(f'--backbone {self.name}: gives no list of '
                            'feature maps (N, C, H, W); name two levels in '
                            'out_indices, or choose another one')
        return [each.shape[1] for each in maps]

    def _load(self, network: torch.nn.Module) -> None:
        """All stages would fail without weights: better now than then."""
        if not self.config['backbone'].get('init_cfg'):
            raise UserError(
                f'--backbone {self.name}: without pretrained weights its '
                'features tell nothing; give --weights FILE, or init_cfg in '
                'its config')
        # It tells a line for each weight.
        logging.disable(logging.INFO)
        try:
            network.init_weights()
        except Exception as error:  # of files, downloads and checkpoints
            raise UserError(
                f'--backbone {self.name}: its weights '
                f'{self.config["backbone"]["init_cfg"].get("checkpoint")} '
                f'cannot be had ({_line(error)}); give --weights FILE'
            ) from None
        finally:
            logging.disable(logging.NOTSET)


def _read(name: str) -> dict:
    if name.endswith('.py'):
        path = Path(name)
    else:
        known = backbones()
        path = known.get(name)
        if path is None:
            near = difflib.get_close_matches(name.lower(), known, 3, .4)
            hint = f'did you mean {" or ".join(near)}? ' if near else ''
            raise UserError(f'--backbone {name}: {hint}choose one of '
                            f'{", ".join(known)}, or name a config file')
    config = read_config(path, ('backbone', )).to_dict()
    if not isinstance(config['backbone'], dict) or (
            'type' not in config['backbone']):
        raise UserError(f'{path}: backbone is no config with a type; write '
                        "backbone = dict(type='...')")
    return config


def _role(cfg: Config) -> str | None:
    """What a backbone is for in a config; None if it has none to change."""
    model = cfg.get('model', {})
    head = model.get('decode_head', {})
    head = head.get('parent', head)
    if 'backbone' not in model or 'type' not in head:
        return None
    kind = MODELS.get(head.type)
    if issubclass(kind, CAMHead):
        return 'cam'
    return 'segmentor' if cfg.model.type == 'EncoderDecoder' else None


def _fit_low_level(head: dict, channels: list[int]) -> None:
    """The map of high resolution, where the head takes one."""
    if 'c1_in_channels' in head:
        several = len(channels) > 1
        head['c1_in_channels'] = channels[0] if several else 0
        head['c1_channels'] = head['c1_channels'] if several else 0


def _line(error: Exception) -> str:
    text = ' '.join(str(error).split())[:200]
    if isinstance(error, UserError):
        return text
    return f'{type(error).__name__}: {text}'
