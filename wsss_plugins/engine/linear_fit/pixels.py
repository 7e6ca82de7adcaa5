"""Features of pixels, and what masks say of them."""
import torch
import torch.nn.functional as F
from mmengine.dist import all_gather_object, is_main_process
from torch import Tensor, nn
from tqdm import tqdm

from ...structures import IGNORE_INDEX, UserError
from ..image_set import ImageSet, rank_loader


def pixel_classifier_of(model: nn.Module) -> nn.Conv2d:
    """The 1x1 convolution that alone is a segmentor's decode head.

    Args:
        model (nn.Module): A segmentor.

    Raises:
        UserError: If its head has layers of its own before the last one:
            their features would be those of random weights.
    """
    head = getattr(model, 'decode_head', None)
    layer = getattr(head, 'conv_seg', None)
    linear = isinstance(layer, nn.Conv2d) and layer.kernel_size == (1, 1)
    if not linear or any(not name.startswith('conv_seg.')
                         for name, _ in head.named_parameters()):
        raise UserError(
            f'pixel fit: the decode head {type(head).__name__} is more than '
            'the 1x1 convolution on the backbone that can be fitted; choose '
            "dict(type='FCNHead', num_convs=0, concat_input=False, ...), or "
            'leave PixelStartHook out of custom_hooks')
    return layer


@torch.no_grad()
def pixel_rows(model: nn.Module, images: ImageSet, most: int,
               num_workers: int) -> tuple[Tensor, Tensor]:
    """What the classifier reads at pixels of all images, and their classes.

    Ranks share the images; all get the same rows in the same order.

    Args:
        model (nn.Module): A segmentor; it is left in the mode it has.
        images (ImageSet): With masks.
        most (int): Pixels of the feature maps in all, evenly over images.
        num_workers (int): That load images.

    Returns:
        tuple[Tensor, Tensor]: Features, float16 (N, D), and shares of the
        classes, float16 (N, C), whose rest is ignored.
    """
    layer = pixel_classifier_of(model)
    seen: list[Tensor] = []
    handle = layer.register_forward_pre_hook(
        lambda _, inputs: seen.append(inputs[0]))
    training = model.training
    model.eval()
    found = {}
    each = max(1, most // max(1, len(images)))
    try:
        for batch in tqdm(rank_loader(images, 1, num_workers), desc='pixels',
                          unit='image', disable=not is_main_process()):
            for row, packed in batch:
                seen.clear()
                shares = _shares(model, packed, layer.out_channels, seen)
                found[row] = _sample(seen[0][0], shares, each, row)
    finally:
        handle.remove()
        model.train(training)
    return _of_all_ranks(found)


def _shares(model: nn.Module, packed: dict, classes: int,
            seen: list[Tensor]) -> Tensor:
    """Run the network; shares of classes at its feature maps, (C, h, w)."""
    sample = packed['data_samples']
    inputs = model.data_preprocessor(
        dict(inputs=[packed['inputs']], data_samples=[sample]),
        False)['inputs']
    model.decode_head(model.extract_feat(inputs))
    mask = sample.gt_sem_seg.data[0].long()
    valid = mask != IGNORE_INDEX
    wrong = mask[valid & (mask >= classes)]
    if len(wrong):
        raise UserError(
            f'{sample.metainfo.get("seg_map_path")}: class {int(wrong[0])}, '
            f'where the head has {classes}; set num_classes')
    maps = F.one_hot(mask.where(valid, 0), classes).permute(2, 0, 1)
    maps = maps.float() * valid
    height, width = inputs.shape[2:]
    maps = F.pad(maps, (0, width - mask.shape[1], 0, height - mask.shape[0]))
    return F.adaptive_avg_pool2d(maps, seen[0].shape[2:])


def _sample(features: Tensor, shares: Tensor, most: int,
            seed: int) -> tuple[Tensor, Tensor]:
    """Some pixels that masks say something of, the same in every run."""
    x, y = features.cpu().flatten(1).T, shares.cpu().flatten(1).T
    known = y.sum(dim=1).gt(0).nonzero()[:, 0]
    order = torch.randperm(
        len(known), generator=torch.Generator().manual_seed(seed))
    chosen = known[order[:most].sort().values]
    return x[chosen].half(), y[chosen].half()


def _of_all_ranks(found: dict) -> tuple[Tensor, Tensor]:
    rows = {row: pair for part in all_gather_object(found)
            for row, pair in part.items()}
    pairs = [rows[row] for row in sorted(rows)]
    features, shares = (torch.cat(column) for column in zip(*pairs))
    if not len(features):
        raise UserError('pixel fit: the masks hold nothing but pixels to '
                        'ignore; look at them')
    return features, shares
