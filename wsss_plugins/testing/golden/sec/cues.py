"""SEC's localization cues."""
from collections.abc import Iterator
from pathlib import Path

import torch

from wsss_plugins.datasets.transforms import MakeCRFImage, MakeCues
from wsss_plugins.ops.cam.cues import (
    assemble_cues,
    background_mask,
    foreground_masks,
    gradient_saliency,
)
from wsss_plugins.structures import (
    ClassMaps,
    Cues,
    GradientMap,
    foreground_indices,
)
from wsss_plugins.testing.arrays import load_tensors
from wsss_plugins.testing.checks import Check, checks, compare, equal

from ._inputs import small_images


@checks('inputs*.npz')
def check_inputs(path: Path) -> Iterator[Check]:
    """``inputs.npz``: the cues' list and the small image."""
    data = load_tensors(path)
    for number, masks in enumerate(data['cues']):
        rows = data[f'cue_index_{number}'].numpy()
        cues = Cues.from_rows(rows, len(masks), tuple(masks.shape[1:]))
        yield compare(f'cues {number}', cues.masks, masks, 0, 0)
        yield compare(f'cue_index_{number}', Cues(masks.numpy()).rows(), rows,
                      0, 0)
    (image, ) = [v.numpy() for k, v in data.items() if k.endswith('_first')]
    golden = small_images(data)[0].numpy()
    small = MakeCRFImage(size=golden.shape[:2])(dict(img=image))
    yield compare('small image', small['gt_crf_image'], golden, 0, 0)
    steps = {(a - 1) / (b - 1) for a, b in zip(image.shape[:2],
                                               golden.shape[:2])}
    stride = steps.pop()
    if not steps and stride.is_integer():
        small = MakeCRFImage(stride=int(stride))(dict(img=image))
        yield compare('small image by stride', small['gt_crf_image'], golden,
                      0, 0)


@checks('cues*.npz')
def check_cues(path: Path) -> Iterator[Check]:
    """``cues.npz``: masks, saliency, conflicts and the list of cues."""
    data = load_tensors(path)
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
