"""CAMs of EfficientNet-Lite2 on one core: the network as trained, or folded.

"Reference" is the network as its config builds it; "ours" has batch norms and
ReLU6 folded into channels-last convolutions, as ``FoldNormHook`` does before a
test, in float32 or, by its option, in bfloat16. Two scales of a photograph of
500x375, longer sides 384 and 512; ImageNet weights if they are installed. The
classifier is random, scaled until some class stands out. Masks are made at
0.2 from the sum of both views.
"""
import copy
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import torch
from common.harness import Case
from common.images import image_of
from common.stage import stage_config
from torch import Tensor, nn

from wsss_plugins.engine.bfloat16 import (
    processor_has_bfloat16,
    run_in_bfloat16,
)
from wsss_plugins.engine.fold_norms import fold_norms
from wsss_plugins.engine.fused_activations import fuse_activations
from wsss_plugins.ops.cam.cams import merge_cams
from wsss_plugins.ops.cam.pseudo_mask import class_map_labels
from wsss_plugins.registry import MODELS
from wsss_plugins.structures import UserError

_CONFIG = 'cam/cam_efficientnet-lite2_1xb16-80_voc12-320.py'
_SIZE = (375, 500)
_LONG_SIDES = (384, 512)
_PRESENT = (3, 11)


def _network() -> nn.Module:
    model = stage_config(_CONFIG, {}).model
    torch.manual_seed(0)
    network = MODELS.build(model)
    try:
        network.init_weights()
    except UserError:  # the weights are not installed
        model.backbone.init_cfg = None
        network = MODELS.build(model)
    network.decode_head.conv_seg.weight.data *= 30
    return network.eval()


def _views(index: int) -> list[Tensor]:
    """Normalized photograph at both scales, (1, 3, h, w) each."""
    image = image_of(index, *_SIZE)
    views = []
    for side in _LONG_SIDES:
        size = (side, round(side * _SIZE[0] / _SIZE[1]))
        pixels = cv2.resize(image, size).astype(np.float32)
        views.append(torch.from_numpy(
            (pixels.transpose(2, 0, 1)[None] - 127) / 128))
    return views


@torch.no_grad()
def _cams(network: nn.Module, images: list[list[Tensor]]) -> list[Tensor]:
    """Merged CAMs of two classes, (2, h, w) of each image."""
    head, found = network.decode_head, []
    for views in images:
        maps = [head.class_maps(head(network.extract_feat(view)))[0]
                for view in views]
        maps = [view[list(_PRESENT)] for view in maps]
        found.append(merge_cams(maps, [False] * len(maps),
                                maps[0].shape[1:]))
    return found


def _agree(wanted: list[Tensor], found: list[Tensor]) -> dict[str, float]:
    errors, same = [], []
    for a, b in zip(wanted, found):
        errors.append(float((a - b).abs().max()))
        masks = [class_map_labels(maps.numpy(), np.array(_PRESENT) + 1,
                                  _SIZE, .2) for maps in (a, b)]
        same.append((masks[0] == masks[1]).mean())
    return dict(max_error=max(errors), masks_equal=float(np.mean(same)))


def _case(name: str, images: list, theirs: nn.Module,
          ours: nn.Module) -> Case:
    return Case(name, partial(_cams, theirs, images),
                partial(_cams, ours, images), _agree, images=len(images),
                clock=time.process_time)


def _changed(network: nn.Module,
             *changes: Callable[[nn.Module], object]) -> nn.Module:
    network = copy.deepcopy(network)
    for change in changes:
        change(network)
    return network


def cases(folder: Path, quick: bool) -> Iterator[Case]:
    """Folded alone, with fused activations, and in bfloat16."""
    network = _network()
    images = [_views(index) for index in range(1 if quick else 4)]
    folded = _changed(network, fold_norms)
    fused = _changed(folded, fuse_activations)
    yield _case('folded', images, network, folded)
    yield _case('folded, fused', images, network, fused)
    if processor_has_bfloat16():
        yield _case(
            'folded, fused, bfloat16', images, network,
            _changed(fused, lambda one: run_in_bfloat16(one.backbone)))
