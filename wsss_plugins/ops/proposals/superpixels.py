"""Mask proposals without weights: superpixels of several scales."""
from collections.abc import Iterator, Sequence

import numpy as np

SCALES = (50, 100, 200, 400)
COUNTS = (50, 100, 200)
METHODS = ('felzenszwalb', 'slic')


def superpixels(image: np.ndarray, method: str = 'felzenszwalb',
                scales: Sequence[float] | None = None,
                min_size: int = 50) -> list[np.ndarray]:
    """Superpixels of an image at several scales.

    P. Felzenszwalb and D. Huttenlocher: Efficient Graph-Based Image
    Segmentation, IJCV 2004; R. Achanta et al.: SLIC Superpixels Compared to
    State-of-the-Art Superpixel Methods, TPAMI 2012; both by scikit-image.

    Args:
        image (np.ndarray): RGB, uint8 (H, W, 3).
        method (str): ``'felzenszwalb'`` or ``'slic'``.
        scales (Sequence[float], optional): Of Felzenszwalb, larger for larger
            pieces; of SLIC, numbers of pieces. Defaults to four and three.
        min_size (int): Least pixels of a piece of Felzenszwalb. Defaults to
            50.

    Returns:
        list[np.ndarray]: Numbers of the pieces at each scale, int (H, W).

    Raises:
        ValueError: If the method is not known.
        ImportError: If scikit-image is missing.
    """
    if method not in METHODS:
        raise ValueError(f'method={method!r} is not one of '
                         f'{", ".join(METHODS)}')
    try:
        from skimage.segmentation import felzenszwalb, slic
    except ImportError:
        raise ImportError('superpixels need scikit-image; run "pip install '
                          'scikit-image"') from None
    if method == 'felzenszwalb':
        return [felzenszwalb(image, scale=scale, sigma=.8, min_size=min_size)
                for scale in scales or SCALES]
    return [slic(image, n_segments=int(count), compactness=10, start_label=0)
            for count in scales or COUNTS]


def piece_masks(pieces: Sequence[np.ndarray]) -> Iterator[np.ndarray]:
    """Masks of all pieces, each once, bool (H, W).

    Args:
        pieces (Sequence[np.ndarray]): Of :func:`superpixels`.
    """
    seen = set()
    for numbers in pieces:
        for number in np.unique(numbers):
            mask = numbers == number
            # Borders that no scale moves give the same piece again.
            key = np.packbits(mask).tobytes()
            if key not in seen:
                seen.add(key)
                yield mask
