"""Color changes of batches of images, each image with its own strength.

The formulas are those of torchvision's ``adjust_*`` and of Pillow's
``ImageEnhance``, on real numbers, so without their rounding to 8 bits. Images
are RGB in [0, 1], float (B, 3, H, W), on any device; so are all results.
"""
import math

import torch
import torch.nn.functional as F
from torch import Tensor

# ITU-R 601, as Pillow and torchvision have it.
_LUMA = (.299, .587, .114)


def gray(images: Tensor) -> Tensor:
    """Brightness of each pixel, (B, 1, H, W)."""
    luma = images.new_tensor(_LUMA)
    return (images * luma[:, None, None]).sum(dim=1, keepdim=True)


def _blend(images: Tensor, other: Tensor | float, factors: Tensor) -> Tensor:
    """Between ``other`` (0) and the images (1), or beyond, clipped."""
    factors = factors[:, None, None, None]
    return (images * factors + other * (1 - factors)).clamp(0, 1)


def adjust_brightness(images: Tensor, factors: Tensor) -> Tensor:
    """Scale the brightness.

    Args:
        images (Tensor): RGB in [0, 1], float (B, 3, H, W).
        factors (Tensor): At least 0, (B,); 0 is black, 1 changes nothing.
    """
    return _blend(images, 0., factors)


def adjust_contrast(images: Tensor, factors: Tensor) -> Tensor:
    """Scale the distance from the image's mean gray; arguments as above."""
    return _blend(images, gray(images).mean(dim=(2, 3), keepdim=True),
                  factors)


def adjust_saturation(images: Tensor, factors: Tensor) -> Tensor:
    """Scale the distance from each pixel's gray; arguments as above."""
    return _blend(images, gray(images), factors)


def adjust_hue(images: Tensor, shifts: Tensor) -> Tensor:
    """Turn the hue in HSV.

    Args:
        images (Tensor): RGB in [0, 1], float (B, 3, H, W).
        shifts (Tensor): In full turns, (B,).
    """
    hue, saturation, value = _to_hsv(images)
    hue = hue + shifts[:, None, None] * 6
    channels = []
    # HSV is a trapezoid in hue; each channel sees it shifted.
    for offset in (5, 3, 1):
        place = (hue + offset) % 6
        height = torch.minimum(place, 4 - place).clamp(0, 1)
        channels.append(value - value * saturation * height)
    return torch.stack(channels, dim=1)


def _to_hsv(images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Hue in sixths of a turn, saturation and value, (B, H, W) each."""
    red, green, blue = images.unbind(dim=1)
    value, low = images.amax(dim=1), images.amin(dim=1)
    spread = value - low
    safe = torch.where(spread > 0, spread, torch.ones_like(spread))
    hue = torch.where(
        value == red, (green - blue) / safe,
        torch.where(value == green, 2 + (blue - red) / safe,
                    4 + (red - green) / safe))
    bright = torch.where(value > 0, value, torch.ones_like(value))
    return hue % 6, spread / bright, value


def gaussian_blur(images: Tensor, sigmas: Tensor) -> Tensor:
    """Blur each image; its border is mirrored.

    Args:
        images (Tensor): Float (B, C, H, W).
        sigmas (Tensor): Standard deviation in pixels, greater than 0, (B,).
            Weights end at three times the greatest one.
    """
    if not len(images):
        return images
    radius = max(1, math.ceil(3 * float(sigmas.max())))
    steps = torch.arange(-radius, radius + 1, device=images.device)
    weights = torch.exp(-.5 * (steps / sigmas[:, None])**2)
    weights = (weights / weights.sum(dim=1, keepdim=True)).to(images.dtype)
    for dim in (2, 3):
        images = _blur_along(images, weights, radius, dim)
    return images


def _blur_along(images: Tensor, weights: Tensor, radius: int,
                dim: int) -> Tensor:
    length = images.shape[dim]
    reach = min(radius, length - 1)
    padding = (reach, reach, 0, 0) if dim == 3 else (0, 0, reach, reach)
    padded = F.pad(images, padding, mode='reflect')
    # Of a tiny image the outer weights see no pixel; the rest is rescaled.
    weights = weights[:, radius - reach:radius + reach + 1]
    weights = weights / weights.sum(dim=1, keepdim=True)
    blurred = torch.zeros_like(images)
    for step in range(2 * reach + 1):
        blurred.addcmul_(
            padded.narrow(dim, step, length), weights[:, step, None, None,
                                                      None])
    return blurred
