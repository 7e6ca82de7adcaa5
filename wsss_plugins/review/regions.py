"""From a few clicks to a region, without any network: GrabCut.

C. Rother et al.: "GrabCut" - Interactive Foreground Extraction using Iterated
Graph Cuts, SIGGRAPH 2004; OpenCV's implementation. Where a CAM says that the
class is likely is where the object may be; clicks are certain.
"""
from collections.abc import Sequence

import cv2
import numpy as np

_SIDE = 384
_STEPS = 4
# Of the largest CAM value: likely, and possible.
_LIKELY, _POSSIBLE = .5, .2
# Of the longer side: what a click is certain of, and reaches without a CAM.
_CERTAIN, _NEAR, _FAR = .008, .05, .15
# Most difference of a gray level of colors that are alike.
_ALIKE = 18
_FLOOD = 4 | 255 << 8 | cv2.FLOODFILL_MASK_ONLY | cv2.FLOODFILL_FIXED_RANGE
# Share of the object that a hole of it must have to stay one.
_HOLE = .1

Points = Sequence[Sequence[float]]


def click_region(image: np.ndarray, positive: Points, negative: Points,
                 cam: np.ndarray | None = None) -> np.ndarray:
    """The region that clicks on an object and beside it tell.

    Args:
        image (np.ndarray): RGB, uint8 (H, W, 3).
        positive (Sequence): x and y of pixels on the object, at least one.
        negative (Sequence): x and y of pixels beside it.
        cam (np.ndarray, optional): Scores of the class, (h, w) at any stride
            and scale.

    Returns:
        np.ndarray: bool (H, W): connected parts that hold a positive click.
    """
    height, width = image.shape[:2]
    scale = min(1., _SIDE / max(height, width))
    size = max(2, round(width * scale)), max(2, round(height * scale))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    factor = np.array([size[0] / width, size[1] / height])
    on = _placed(positive, factor, size)
    off = _placed(negative, factor, size)
    trimap = _trimap(small, on, off, cam)
    found = _cut(small, trimap)
    if len(off):
        # After the cut: as its background it would teach it that the color,
        # which the object may share, is none of the object's.
        nearer = _distance(off, found.shape) < _distance(on, found.shape)
        found &= ~(_alike(small, off) & nearer)
    found = _parts(found, on, off)
    soft = cv2.resize(cv2.GaussianBlur(found.astype(np.float32), (3, 3), 0),
                      (width, height), interpolation=cv2.INTER_LINEAR)
    return soft > .5


def _placed(points: Points, factor: np.ndarray,
            size: tuple[int, int]) -> np.ndarray:
    points = np.asarray(points, np.float64).reshape(-1, 2)
    moved = ((points + .5) * factor).astype(int)
    return np.clip(moved, 0, np.array(size) - 1)


def _trimap(image: np.ndarray, on: np.ndarray, off: np.ndarray,
            cam: np.ndarray | None) -> np.ndarray:
    """GrabCut's start: where the object is, may be, and is not."""
    side = max(image.shape)
    likely = _alike(image, on)
    if cam is not None and cam.max() > 0:
        scores = cv2.resize(cam.astype(np.float32) / cam.max(),
                            likely.shape[::-1])
        possible = _grown(scores >= _POSSIBLE, _NEAR * side)
        _disks(possible, on, _FAR * side, 1)
        likely = (likely & (possible > 0)) | (scores >= _LIKELY)
    trimap = np.where(likely, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    _disks(trimap, on, _NEAR * side, cv2.GC_PR_FGD)
    _disks(trimap, off, _CERTAIN * side, cv2.GC_BGD)
    _disks(trimap, on, _CERTAIN * side, cv2.GC_FGD)
    return trimap


def _distance(points: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Of each pixel to the nearest point."""
    away = np.ones(shape, np.uint8)
    away[points[:, 1], points[:, 0]] = 0
    return cv2.distanceTransform(away, cv2.DIST_L2, 5)


def _alike(image: np.ndarray, on: np.ndarray) -> np.ndarray:
    """Pixels of about the color of a click that is connected to them."""
    smooth = cv2.medianBlur(image, 5)
    found = np.zeros((image.shape[0] + 2, image.shape[1] + 2), np.uint8)
    for x, y in on.tolist():
        cv2.floodFill(smooth, found, (x, y), 0, (_ALIKE, ) * 3,
                      (_ALIKE, ) * 3, _FLOOD)
    return found[1:-1, 1:-1] > 0


def _grown(region: np.ndarray, reach: float) -> np.ndarray:
    """Objects end beyond what a CAM shows of them; uint8."""
    kernel = cv2.getStructuringElement(
        cv2.MORPH_ELLIPSE, (2 * round(reach) + 1, ) * 2)
    return cv2.dilate(region.astype(np.uint8), kernel)


def _disks(trimap: np.ndarray, centers: np.ndarray, radius: float,
           value: int) -> None:
    for x, y in centers.tolist():
        cv2.circle(trimap, (x, y), max(1, round(radius)), int(value), -1)


def _cut(image: np.ndarray, trimap: np.ndarray) -> np.ndarray:
    """Foreground of GrabCut, bool; the same for the same clicks."""
    if (trimap & 1).all():
        return np.ones(trimap.shape, bool)
    cv2.setRNGSeed(0)
    models = np.zeros((1, 65)), np.zeros((1, 65))
    cut, _, _ = cv2.grabCut(image[..., ::-1].copy(), trimap, None, *models,
                            _STEPS, cv2.GC_INIT_WITH_MASK)
    return (cut & 1).astype(bool)


def _parts(found: np.ndarray, on: np.ndarray, off: np.ndarray) -> np.ndarray:
    """Connected parts below positive clicks, without their holes."""
    closed = cv2.morphologyEx(found.astype(np.uint8), cv2.MORPH_CLOSE,
                              np.ones((3, 3), np.uint8))
    closed[off[:, 1], off[:, 0]] = 0
    closed[on[:, 1], on[:, 0]] = 1
    _, parts = cv2.connectedComponents(closed, connectivity=4)
    wanted = parts[on[:, 1], on[:, 0]]
    return _without_holes(np.isin(parts, wanted[wanted > 0]), off)


def _without_holes(found: np.ndarray, off: np.ndarray) -> np.ndarray:
    """Fill holes but large ones and those that a negative click is in."""
    _, holes, facts, _ = cv2.connectedComponentsWithStats(
        (~found).astype(np.uint8), connectivity=4)
    small = facts[:, cv2.CC_STAT_AREA] < _HOLE * found.sum()
    border = np.concatenate([holes[0], holes[-1], holes[:, 0], holes[:, -1]])
    small[0] = False
    small[border] = False
    small[holes[off[:, 1], off[:, 0]]] = False
    return found | small[holes]
