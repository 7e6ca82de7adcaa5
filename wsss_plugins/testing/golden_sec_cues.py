"""Checks of SEC's golden cues through the package's public parts."""
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch

from ..datasets.transforms import MakeCues
from ..ops.cam.cues import (
    assemble_cues,
    background_mask,
    foreground_masks,
    gradient_saliency,
)
from ..structures import ClassMaps, Cues, GradientMap, foreground_indices
from .checks import Check, compare, equal


def check_cues(path: Path) -> Iterator[Check]:
    """``cues.npz``: masks, saliency, conflicts and the list of cues."""
    with np.load(path, allow_pickle=False) as file:
        data = {key: torch.from_numpy(file[key]) for key in file.files}
    masks = foreground_masks(data['heatmaps'])
    yield compare('fg_masks', masks, data['fg_masks'], 0, 0)
    (gradients, ) = [v for k, v in data.items() if k.startswith('grad_')]
    saliency = gradient_saliency(gradients)
    yield compare('saliency', saliency, data['saliency'], 0, 0)
    background = background_mask(saliency)
    yield compare('bg_mask', background, data['bg_mask'], 0, 0)
    bound = saliency[~background].min()
    yield compare('bg_threshold', bound, data['bg_threshold'], 0, 0)
    num_classes = len(masks) + 1
    present = data['present_cam_channels'].long()
    labels = torch.tensor(foreground_indices(num_classes))[present]
    yield equal('labels', sorted(labels.tolist()), data['labels'].tolist())
    found = Cues.of_labels(
        assemble_cues(masks[present], background).numpy(),
        labels.numpy(), num_classes)
    yield compare('cue_index', found.rows(), data['cue_index'], 0, 0)
    size = tuple(masks.shape[1:])
    made = MakeCues(num_classes=num_classes)(
        dict(
            class_maps=ClassMaps(labels.numpy(),
                                 data['heatmaps'][present].numpy(), size),
            gradient_map=GradientMap(saliency.numpy(), size)))
    yield compare('pred_cues of the stage', made['pred_cues'], found.masks, 0,
                  0)
    again = Cues.from_rows(data['cue_index'].numpy(), num_classes, size)
    yield equal('cue_index as an index map',
                again.index_map().tolist(), found.index_map().tolist())
