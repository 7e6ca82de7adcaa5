"""Made-up CAMs and masks that resemble those of photographs."""
import numpy as np
import torch
import torch.nn.functional as F

IGNORE = 255


def upsampled(maps: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    """Maps (K, h, w), resized bilinearly to (K, H, W)."""
    return F.interpolate(
        maps[None], size, mode='bilinear', align_corners=False)[0]


def smooth_maps(seed: int, channels: int,
                size: tuple[int, int]) -> torch.Tensor:
    """A few blobs a class, each class scaled to [0, 1].

    Args:
        seed (int): Of the random numbers.
        channels (int): Number of classes K.
        size (tuple[int, int]): Height and width.

    Returns:
        Tensor: float32 (K, H, W).
    """
    generator = torch.Generator().manual_seed(seed)
    noise = torch.rand((channels, 6, 8), generator=generator)**3
    maps = upsampled(noise, size)
    low, high = maps.amin((1, 2), True), maps.amax((1, 2), True)
    return (maps - low) / (high - low + 1e-5)


def classes_of_image(seed: int,
                     num_classes: int,
                     count: int | None = None) -> np.ndarray:
    """Foreground classes, dataset indices, sorted.

    Args:
        seed (int): Of the random numbers.
        num_classes (int): Background included.
        count (int, optional): How many; else one to three, as in VOC.
    """
    rng = np.random.default_rng(seed)
    count = count or int(rng.choice([1, 2, 3], p=[.6, .3, .1]))
    foreground = np.arange(1, num_classes)
    return np.sort(rng.choice(foreground, count, replace=False))


def true_mask(seed: int, labels: np.ndarray,
              size: tuple[int, int]) -> np.ndarray:
    """A mask of the classes with an ignored rim, uint8 (H, W)."""
    maps = smooth_maps(seed + 1_000_003, len(labels), size).numpy()
    score, best = maps.max(axis=0), maps.argmax(axis=0)
    mask = np.where(score > .35, labels[best], 0).astype(np.uint8)
    rim = np.zeros(size, dtype=bool)
    for axis in (0, 1):
        for step in (-2, -1, 1, 2):
            rim |= np.roll(mask, step, axis) != mask
    mask[rim] = IGNORE
    return mask
