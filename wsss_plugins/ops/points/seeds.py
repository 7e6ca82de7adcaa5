"""From extreme points to labeled patches: seeds, retrieval, targets.

EXITS, https://arxiv.org/abs/2405.20729, Sec. 3. The crop of an object is a
grid of patches; index ``y * columns + x``. Coordinates are pixels of the
crop, x to the right and y down, 0 at the outer edge of the first pixel.
"""
from typing import NamedTuple

import torch
from torch import Tensor


class PatchSets(NamedTuple):
    """Patches of a crop, bool (B, h * w) each.

    Attributes:
        foreground: P_FG, that of each extreme point moved inward; two points
            may share one.
        background: P_BG, those outside the box.
        box: P_Box, all others; the foreground is part of it.
    """
    foreground: Tensor
    background: Tensor
    box: Tensor


class Retrieved(NamedTuple):
    """Patches found by score, bool (B, n): hatP_FG and hatP_BG."""
    foreground: Tensor
    background: Tensor


UNITS = ('uniform', 'std', 'spread')

# Steps inward of top, left, bottom and right: to x and to y.
_INWARD = ((0, 1), (1, 0), (0, -1), (-1, 0))


def inward_points(points: Tensor, delta: float) -> Tensor:
    """Extreme points moved into the object.

    The paper prints top ``y - delta`` and bottom ``y + delta``, which is
    inward for a y axis that points up; here y points down.

    Args:
        points (Tensor): x and y of top, left, bottom and right, (..., 4, 2).
        delta (float): Distance in pixels of the crop.

    Returns:
        Tensor: (..., 4, 2).
    """
    return points + delta * points.new_tensor(_INWARD)


def patch_index(points: Tensor, grid: tuple[int, int],
                size: tuple[int, int]) -> Tensor:
    """Index of the patch that a point lies in, int64 (...).

    Args:
        points (Tensor): x and y, (..., 2); those outside count to the
            nearest patch.
        grid (tuple[int, int]): Rows and columns of patches.
        size (tuple[int, int]): Height and width of the crop in pixels.
    """
    (rows, columns), (height, width) = grid, size
    x = (points[..., 0] * columns / width).floor().clamp(0, columns - 1)
    y = (points[..., 1] * rows / height).floor().clamp(0, rows - 1)
    return (y * columns + x).long()


def hull_box(points: Tensor) -> Tensor:
    """Box x0, y0, x1, y1 of extreme points, (..., 4)."""
    return torch.cat([points.amin(dim=-2), points.amax(dim=-2)], dim=-1)


def patches_in_box(boxes: Tensor, grid: tuple[int, int],
                   size: tuple[int, int]) -> Tensor:
    """Patches whose center lies in a box, bool (B, h * w).

    Args:
        boxes (Tensor): x0, y0, x1, y1 in pixels, (B, 4).
        grid, size: As in :func:`patch_index`.
    """
    (rows, columns), (height, width) = grid, size
    x = (torch.arange(columns).to(boxes) + .5) * width / columns
    y = (torch.arange(rows).to(boxes) + .5) * height / rows
    x0, y0, x1, y1 = (edge[:, None] for edge in boxes.unbind(dim=1))
    inside_x = (x0 <= x) & (x <= x1)
    inside_y = (y0 <= y) & (y <= y1)
    return (inside_y[:, :, None] & inside_x[:, None]).flatten(1)


def seed_patches(points: Tensor,
                 boxes: Tensor,
                 grid: tuple[int, int],
                 size: tuple[int, int],
                 delta: float = 16.,
                 valid: Tensor | None = None) -> PatchSets:
    """Part the patches of crops into seeds and the rest of the box.

    Args:
        points (Tensor): Extreme points x, y: top, left, bottom, right,
            (B, 4, 2).
        boxes (Tensor): x0, y0, x1, y1, (B, 4).
        grid (tuple[int, int]): Rows and columns of patches.
        size (tuple[int, int]): Height and width of the crop in pixels.
        delta (float): How far the points move inward, in pixels of the crop.
            Defaults to 16, one patch of a ViT-B/16: unknown in the paper.
        valid (Tensor | None): Patches that show the image, bool (B, h * w);
            the padding is no background. Defaults to all.

    Returns:
        PatchSets: A seed is foreground even if its patch's center lies
        outside the box.
    """
    index = patch_index(inward_points(points, delta), grid, size)
    inside = patches_in_box(boxes, grid, size)
    foreground = torch.zeros_like(inside).scatter_(1, index, True)
    box = inside | foreground
    background = ~box
    if valid is not None:
        background = background & valid
    return PatchSets(foreground, background, box)


def retrieve(score: Tensor,
             box: Tensor,
             tau_fg: float = .5,
             tau_bg: float = -.5,
             valid: Tensor | None = None,
             unit: str = 'uniform') -> Retrieved:
    """Patches of the box whose scores differ enough.

    Args:
        score (Tensor): pi_f - pi_b, as :func:`~.propagation.contrast`
            gives it, (B, n).
        box (Tensor): P_Box, bool (B, n).
        tau_fg, tau_bg (float): Foreground if the score is at least
            ``tau_fg`` units, background if it is at most ``tau_bg`` units.
            Default to 0.5 and -0.5; unknown in the paper.
        valid (Tensor | None): Patches that show the image, bool (B, n).
        unit (str): ``'uniform'`` (default), 1 / n, which every score would
            be without structure; ``'std'``, standard deviations of the
            score within the box of each crop, counted from its mean there,
            which follows alpha and how even the similarity is; or
            ``'spread'``, the same counted from zero.

    Returns:
        Retrieved: Both within the box, seeds not left out. With
        ``tau_fg <= tau_bg`` a patch may be in both.

    Raises:
        ValueError: If the unit is not known.
    """
    if valid is not None:
        box = box & valid
    if unit == 'uniform':
        score = score * score.shape[-1]
    elif unit in UNITS:
        mean, spread = _mean_and_spread(score, box)
        score = (score - mean if unit == 'std' else score) / spread
    else:
        raise ValueError(f'unit={unit!r} must be one of {UNITS}')
    return Retrieved(box & (score >= tau_fg), box & (score <= tau_bg))


def _mean_and_spread(score: Tensor, box: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation in the box, (B, 1); the latter is not 0."""
    count = box.sum(dim=1, keepdim=True).clamp(min=1)
    mean = (score * box).sum(dim=1, keepdim=True) / count
    square = ((score - mean).square() * box).sum(dim=1, keepdim=True)
    limits = torch.finfo(score.dtype)
    # Of equal scores, what is left beside their mean is rounding.
    spread = (square / count).sqrt().maximum(8 * limits.eps * mean.abs())
    return mean, spread.clamp(min=limits.tiny)


def point_targets(seeds: PatchSets,
                  retrieved: Retrieved) -> tuple[Tensor, Tensor]:
    """Y and K of the point loss.

    Args:
        seeds (PatchSets): Of the crops.
        retrieved (Retrieved): What is left of them after dropout.

    Returns:
        tuple[Tensor, Tensor]: Y is true on foreground, K on all labeled
        patches, bool (B, n). A seed wins over a patch that was retrieved,
        and foreground over background.
    """
    labels = seeds.foreground | (
        retrieved.foreground & ~seeds.background)
    known = labels | seeds.background | retrieved.background
    return labels, known
