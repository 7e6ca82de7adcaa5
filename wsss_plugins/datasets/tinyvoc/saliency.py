"""Saliency maps: good at borders, and wrong in other ways at a stated rate.

This is what EPS (CVPR 2021) lives on and has to live with: saliency models
give sharp borders but know no classes, miss objects, and pick up things that
nobody asked for. Water and rails are not salient, which is how saliency tells
a boat from its water.
"""
import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from .canvas import SUPERSAMPLING, ellipse
from .options import TinyVOCOptions
from .scene import Scene

#: What can be wrong with a saliency map: a whole object is missed, a piece of
#: background is salient, or only a piece of an object is.
SALIENCY_ERRORS: tuple[str, ...] = ('missed', 'distracted', 'covered')

_BLUR = .8 / 128  # radius at borders, in units of the image's size
_HEIGHT = .97  # brightness of what is salient
_KEPT = (.35, .6)  # share of a partly covered object that stays salient
_BLOB_RADIUS = (.1, .17)


def make_saliency(scene: Scene,
                  options: TinyVOCOptions) -> tuple[np.ndarray, str | None]:
    """Soft saliency map of an image.

    Args:
        scene (Scene): The image.
        options (TinyVOCOptions): ``saliency_error`` and ``saliency_noise``.

    Returns:
        tuple: Gray map, uint8 (size, size), and what is wrong with it: one of
        :data:`SALIENCY_ERRORS`, or None.
    """
    rng = options.rng(scene.name, 'saliency')
    error = None
    salient = scene.coverage.copy()
    if rng.random() < options.saliency_error:
        error = SALIENCY_ERRORS[rng.integers(len(SALIENCY_ERRORS))]
        if error == 'distracted':
            salient = np.maximum(salient, _blob(scene, rng))
        else:
            item = scene.objects[rng.integers(len(scene.objects))]
            salient[_lost(item.mask, error, rng)] = 0
    return _soften(salient, options, rng), error


def _lost(mask: np.ndarray, error: str,
          rng: np.random.Generator) -> np.ndarray:
    """Pixels of an object, and its seam, that the map does not show."""
    # The seam holds the half-covered pixels at the object's border.
    seam = np.asarray(
        Image.fromarray(mask.astype(np.uint8)).filter(
            ImageFilter.MaxFilter(3))) > 0
    if error == 'missed':
        return seam
    angle = rng.uniform(0, 2 * np.pi)
    y, x = np.indices(mask.shape)
    along = np.cos(angle) * x + np.sin(angle) * y
    return seam & (along > np.quantile(along[mask], rng.uniform(*_KEPT)))


def _blob(scene: Scene, rng: np.random.Generator) -> np.ndarray:
    """A lump of background, as far from the objects as 12 throws allow."""
    candidates = [_throw_blob(scene.coverage.shape[0], rng) for _ in range(12)]
    overlaps = [float((blob * scene.coverage).sum()) for blob in candidates]
    return candidates[int(np.argmin(overlaps))]


def _throw_blob(size: int, rng: np.random.Generator) -> np.ndarray:
    pixels = size * SUPERSAMPLING
    image = Image.new('L', (pixels, pixels))
    draw = ImageDraw.Draw(image)
    x, y = rng.uniform(.12, .88, size=2)
    radius = rng.uniform(*_BLOB_RADIUS)
    for dx, dy in rng.uniform(-.6, .6, size=(4, 2)) * radius:
        points = ellipse((x + dx, y + dy),
                         tuple(radius * rng.uniform(.6, 1, size=2)))
        draw.polygon([(px * pixels, py * pixels) for px, py in points],
                     fill=255)
    return np.asarray(image.reduce(SUPERSAMPLING), dtype=np.float32) / 255


def _soften(salient: np.ndarray, options: TinyVOCOptions,
            rng: np.random.Generator) -> np.ndarray:
    gray = Image.fromarray(np.rint(255 * _HEIGHT * salient).astype(np.uint8))
    blurred = gray.filter(ImageFilter.GaussianBlur(_BLUR * options.size))
    noise = rng.normal(scale=options.saliency_noise, size=salient.shape)
    return np.clip(np.rint(np.asarray(blurred) + noise), 0,
                   255).astype(np.uint8)
