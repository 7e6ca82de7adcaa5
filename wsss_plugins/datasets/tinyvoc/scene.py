"""One image with all that is known about it."""
from dataclasses import dataclass

import numpy as np

from .backgrounds import BACKGROUNDS
from .canvas import SUPERSAMPLING, Brush, Canvas
from .classes import class_index
from .layout import Placement, choose_classes, choose_scene, place
from .occluder import cut_in_two
from .options import TinyVOCOptions
from .pieces import piece_sizes
from .shapes import SHAPES

# Pieces below this share of an object's visible area do not count.
_SMALLEST_PIECE = .05
_TEXTURE = .06


@dataclass(frozen=True)
class SceneObject:
    """An object as it can be seen.

    Attributes:
        name (str): Its class.
        mask (np.ndarray): Its visible pixels, bool (size, size).
        part (np.ndarray): Those of its discriminative part, likewise.
        part_visible (float): Visible share of that part, 0..1.
        split (bool): Whether something in front cuts it in two.
    """
    name: str
    mask: np.ndarray
    part: np.ndarray
    part_visible: float
    split: bool


@dataclass(frozen=True)
class Scene:
    """An image and its ground truth.

    Attributes:
        name (str): Name of the image.
        kind (str): Which background, a key of ``BACKGROUNDS``.
        image (np.ndarray): RGB, uint8 (size, size, 3).
        objects (tuple[SceneObject]): Numbered from 1 in this order.
        instances (np.ndarray): Number of the object, 0 for none, uint8.
        coverage (np.ndarray): How much of each pixel objects cover, float32
            in [0, 1].
        context (np.ndarray): Context indices, uint8.
    """
    name: str
    kind: str
    image: np.ndarray
    objects: tuple[SceneObject, ...]
    instances: np.ndarray
    coverage: np.ndarray
    context: np.ndarray

    def mask(self) -> np.ndarray:
        """Dataset class indices without a void border, uint8."""
        indices = [0] + [class_index(item.name) for item in self.objects]
        return np.array(indices, dtype=np.uint8)[self.instances]


def make_scene(name: str, options: TinyVOCOptions) -> Scene:
    """Make the image of a name; the same options give the same image."""
    rng = options.rng(name, 'scene')
    canvas = Canvas(options.size)
    names = choose_classes(rng)
    kind = choose_scene(rng, names, options.context_rate)
    stands = BACKGROUNDS[kind](canvas, rng, options.clutter, set(names))
    canvas.texture(rng, _TEXTURE * (.4 + options.clutter))
    placements = place(rng, names, stands)
    parts = [
        _draw(canvas, rng, number, placement)
        for number, placement in enumerate(placements, start=1)
    ]
    rng = options.rng(name, 'occluder')
    if rng.random() < options.occluder_rate:
        number = 1 + rng.integers(len(placements))
        cut_in_two(canvas, rng, number, ground=rng.uniform(.88, .98))
    return _finish(name, kind, canvas, placements, parts, options)


def _draw(canvas: Canvas, rng: np.random.Generator, number: int,
          item: Placement) -> int:
    """Draw an object and give the area of its part, in canvas pixels."""
    shape = SHAPES[item.name]
    brush = Brush(canvas, (item.left, item.top), item.scale, shape.width,
                  shape.height, item.mirror, item.tilt, number)
    shape.draw(brush, item.body, rng)
    return int((canvas.object_codes() == 2 * number + 1).sum())


def _finish(name: str, kind: str, canvas: Canvas, placements: list[Placement],
            parts: list[int], options: TinyVOCOptions) -> Scene:
    codes = canvas.object_codes()
    numbers = codes // 2
    instances = canvas.majority(numbers)
    objects = tuple(
        _object(item.name, instances == number,
                canvas.coverage(codes, 2 * number + 1), parts[number - 1])
        for number, item in enumerate(placements, start=1))
    scene = Scene(
        name=name,
        kind=kind,
        image=_expose(canvas.colors(), options, options.rng(name, 'noise')),
        objects=objects,
        instances=instances,
        coverage=1 - canvas.coverage(numbers, 0),
        context=canvas.stuff())
    mask = scene.mask()
    scene.context[mask > 0] = mask[mask > 0]
    return scene


def _object(name: str, mask: np.ndarray, part: np.ndarray,
            whole_part: int) -> SceneObject:
    pieces = piece_sizes(mask)
    counted = [p for p in pieces if p >= _SMALLEST_PIECE * mask.sum()]
    seen = float(part.sum()) * SUPERSAMPLING**2
    return SceneObject(
        name=name,
        mask=mask,
        part=mask & (part > .5),
        part_visible=seen / whole_part,
        split=len(counted) > 1)


def _expose(image: np.ndarray, options: TinyVOCOptions,
            rng: np.random.Generator) -> np.ndarray:
    """What a camera does: a light, a contrast, and noise."""
    gain, lift = rng.uniform(.9, 1.08), rng.uniform(-8, 8)
    noise = rng.normal(scale=options.noise, size=image.shape)
    exposed = gain * (image - 128.) + 128. + lift + noise
    return np.clip(np.rint(exposed), 0, 255).astype(np.uint8)
