"""Names and shapes of the references' parameters, against the configs'."""
import json
import re
from collections.abc import Iterator
from pathlib import Path

import torch
from mmengine.config import Config
from mmengine.registry import DefaultScope

from ..registry import MODELS
from .checks import Check, equal
from .configs import config_path

# Of each reference network its config, and our names to its names.
_PSA = dict(
    resnet38_cls=('psa/cam_resnet38_1xb16-10k_voc12-448.py', [
        (r'^backbone\.', ''), (r'^decode_head\.conv_seg\.', 'fc8.')
    ]),
    resnet38_aff=('psa/aff_resnet38_1xb8-11k_voc12-448.py', [
        (r'^backbone\.', ''), (r'^decode_head\.branches\.0\.', 'f8_3.'),
        (r'^decode_head\.branches\.1\.', 'f8_4.'),
        (r'^decode_head\.branches\.2\.', 'f8_5.'),
        (r'^decode_head\.fuse\.', 'f9.')
    ]),
    vgg16_cls=('psa/cam_vgg16_1xb16-10k_voc12-448.py', [
        (r'^decode_head\.conv_seg\.', 'fc8.')
    ]),
    vgg16_aff=('psa/aff_vgg16_1xb8-11k_voc12-448.py', [
        (r'^decode_head\.branches\.0\.', 'f8_3.'),
        (r'^decode_head\.branches\.1\.', 'f8_4.'),
        (r'^decode_head\.branches\.2\.', 'f8_5.'),
        (r'^decode_head\.norms\.0\.', 'gn8_3.'),
        (r'^decode_head\.norms\.1\.', 'gn8_4.'),
        (r'^decode_head\.norms\.2\.', 'gn8_5.'),
        (r'^decode_head\.fuse\.', 'f9.')
    ]))
_IRN_BACKBONE = (r'^backbone\.', 'resnet50.')
_IRN = dict(
    resnet50_cam=('irn/cam_resnet50_1xb16-3k_voc12-512.py', [
        _IRN_BACKBONE, (r'^decode_head\.conv_seg\.', 'classifier.')
    ]),
    resnet50_irn=('irn/irn_resnet50_1xb32-1k_voc12-512.py', [
        _IRN_BACKBONE,
        *((rf'^decode_head\.edge\.levels\.{i}\.conv\.', f'fc_edge{i + 1}.0.')
          for i in range(5)),
        *((rf'^decode_head\.edge\.levels\.{i}\.norm\.', f'fc_edge{i + 1}.1.')
          for i in range(5)),
        (r'^decode_head\.edge\.fuse\.', 'fc_edge6.'),
        *((rf'^decode_head\.displacement\.levels\.{i}\.conv\.',
           f'fc_dp{i + 1}.0.') for i in range(5)),
        *((rf'^decode_head\.displacement\.levels\.{i}\.norm\.',
           f'fc_dp{i + 1}.1.') for i in range(5)),
        (r'^decode_head\.displacement\.join\.conv\.', 'fc_dp6.0.'),
        (r'^decode_head\.displacement\.join\.norm\.', 'fc_dp6.1.'),
        (r'^decode_head\.displacement\.last\.conv\.', 'fc_dp7.0.'),
        (r'^decode_head\.displacement\.last\.norm\.', 'fc_dp7.1.'),
        (r'^decode_head\.displacement\.field\.', 'fc_dp7.3.'),
        (r'^decode_head\.displacement\.mean$', 'mean_shift.running_mean'),
    ]))


def _shapes(config: str, renaming: list[tuple[str, str]]) -> dict:
    """Shapes by the reference's names."""
    cfg = Config.fromfile(config_path(config))
    cfg.model.backbone.init_cfg = None
    with torch.device('meta'), DefaultScope.overwrite_default_scope('mmseg'):
        model = MODELS.build(cfg.model)
    shapes = {}
    for name, value in model.state_dict().items():
        for pattern, new in renaming:
            name, count = re.subn(pattern, new, name)
            if count:
                break
        shapes[name] = list(value.shape)
    return shapes


def _vgg_names() -> dict[str, str]:
    """Torchvision's numbers of VGG16's layers to the reference's names."""
    blocks = {1: 2, 2: 2, 3: 3, 4: 3, 5: 3}
    number, mapping = 0, {}
    for block, convs in blocks.items():
        for conv in range(1, convs + 1):
            for kind in ('weight', 'bias'):
                mapping[f'backbone.features.{number}.{kind}'] = (
                    f'conv{block}_{conv}.{kind}')
            number += 2
        number += 1
    for layer in ('fc6', 'fc7'):
        for kind in ('weight', 'bias'):
            mapping[f'backbone.{layer}.{kind}'] = f'{layer}.{kind}'
    return mapping


def check_psa_shapes(path: Path) -> Iterator[Check]:
    """``state_dict_shapes.json`` of PSA's four networks."""
    for network, golden in json.loads(path.read_text()).items():
        config, renaming = _PSA[network]
        found = _shapes(config, renaming)
        if network.startswith('vgg16'):
            names = _vgg_names()
            found = {names.get(k, k): v for k, v in found.items()}
        yield equal(network, found, golden)


def check_irn_shapes(path: Path) -> Iterator[Check]:
    """``state_dict_shapes.json`` of IRNet's networks.

    Its modules are reachable by several names there; each parameter is
    compared under one of them.
    """
    for network, golden in json.loads(path.read_text()).items():
        found = _shapes(*_IRN[network])
        owners = {name.split('.')[0] for name in found}
        # The mean shift is a part of fc_dp7 there, too.
        yield equal(
            network, found, {
                name: shape
                for name, shape in golden.items()
                if name.split('.')[0] in owners and name !=
                'fc_dp7.4.running_mean'
            })
