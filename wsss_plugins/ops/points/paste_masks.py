"""From the probability map of a crop to the mask of its image."""
import torch
import torch.nn.functional as F
from torch import Tensor


def crop_probability(logits: Tensor,
                     box_mask: Tensor,
                     flipped: Tensor | None = None) -> Tensor:
    """Probability of the object at the size of the crop, 0 outside its box.

    The order of MAL's labeling: mean of the logits with those of the
    mirrored crop, resized, through a sigmoid, times the box.

    Args:
        logits (Tensor): (N, h, w), any float type.
        box_mask (Tensor): Box of each object, 0 and 1 of any type,
            (N, S, S').
        flipped (Tensor | None): Logits of the mirrored crops, as the network
            gave them, (N, h, w). Defaults to None.

    Returns:
        Tensor: In [0, 1], float32 (N, S, S').
    """
    logits = logits.float()
    if flipped is not None:
        logits = (logits + flipped.float().flip(-1)) / 2
    size = box_mask.shape[-2:]
    large = F.interpolate(logits[:, None], size, mode='bilinear')[:, 0]
    return large.sigmoid() * box_mask.to(large)


def paste_probability(prob: Tensor, ext_box: tuple[int, int, int, int],
                      size: tuple[int, int]) -> Tensor:
    """Put the map of a crop back into its image.

    Args:
        prob (Tensor): Map of the crop, float (S, S').
        ext_box (tuple[int, int, int, int]): What the crop shows: x0, y0, x1,
            y1 in pixels of the image, the ends exclusive; may leave the
            image on every side.
        size (tuple[int, int]): Height and width of the image.

    Returns:
        Tensor: (H, W) of the map's type, 0 where the crop does not reach.

    Raises:
        ValueError: If the box is empty.
    """
    x0, y0, x1, y1 = map(int, ext_box)
    if x1 <= x0 or y1 <= y0:
        raise ValueError(f'box {ext_box} of a crop is empty')
    height, width = size
    top, bottom = max(y0, 0), min(y1, height)
    left, right = max(x0, 0), min(x1, width)
    image = prob.new_zeros(size)
    if top >= bottom or left >= right:
        return image
    crop = F.interpolate(
        prob[None, None], (y1 - y0, x1 - x0), mode='bilinear')[0, 0]
    image[top:bottom, left:right] = crop[top - y0:bottom - y0,
                                         left - x0:right - x0]
    return image


def paste_mask(prob: Tensor,
               ext_box: tuple[int, int, int, int],
               size: tuple[int, int],
               threshold: float = .1) -> Tensor:
    """Mask of an object in its image, MAL's rule.

    Args:
        prob (Tensor): As :func:`crop_probability` gives it, (S, S').
        ext_box, size: As in :func:`paste_probability`.
        threshold (float): Probability that the object must exceed, in
            [0, 1). Defaults to 0.1, the reference's.

    Returns:
        Tensor: 0 and 1, uint8 (H, W).
    """
    pasted = paste_probability(prob, ext_box, size)
    return (pasted > threshold).to(torch.uint8)
