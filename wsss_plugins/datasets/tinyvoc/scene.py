"""One picture: what is in it, and how it looks."""
from dataclasses import dataclass, field
from zlib import crc32

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from ...structures import IGNORE_INDEX
from .classes import CO_OCCURRING, CONTEXT_CLASSES, TINYVOC_CLASSES
from .options import TinyVOCOptions
from .shapes import ASPECTS, DRAWINGS, Point

# Bodies of all classes share these colours; so does some of the background.
_BODY_COLOURS = ((196, 92, 84), (96, 148, 92), (104, 116, 188),
                 (206, 170, 96), (150, 108, 164), (120, 128, 132))
_SKIES = ((168, 200, 226), (214, 206, 190), (186, 214, 196), (226, 200, 176))
_GROUNDS = ((150, 166, 110), (176, 160, 130), (140, 140, 136), (170, 150, 160))
_WATER = (58, 110, 168)
_BALLAST = (122, 112, 104)
_SUPERSAMPLING = 3
_VOID_WIDTH = 1


@dataclass
class Thing:
    """An object of a scene.

    Attributes:
        name (str): Its class.
        box (tuple[int, int, int, int]): Where it is drawn: x, y, w, h.
        mask (np.ndarray): Its visible pixels, bool (H, W).
        split (bool): Whether an occluder cuts it in two.
    """
    name: str
    box: tuple[int, int, int, int]
    mask: np.ndarray
    split: bool = False


@dataclass
class Scene:
    """A picture with all that is known about it.

    Attributes:
        image (np.ndarray): RGB, uint8 (H, W, 3).
        context (np.ndarray): Labels of ``CONTEXT_CLASSES``, uint8 (H, W).
        things (list[Thing]): Objects from back to front, all visible.
        saliency (np.ndarray): uint8 (H, W).
    """
    image: np.ndarray
    context: np.ndarray
    things: list[Thing] = field(default_factory=list)
    saliency: np.ndarray | None = None

    def semantic(self) -> np.ndarray:
        """VOC's class mask: things only, with a thin void border."""
        return self._with_border([
            TINYVOC_CLASSES.index(thing.name) for thing in self.things
        ])

    def instances(self) -> np.ndarray:
        """VOC's object mask: 1, 2, ... with a thin void border."""
        return self._with_border(range(1, len(self.things) + 1))

    def _with_border(self, values) -> np.ndarray:
        mask = np.zeros(self.context.shape, dtype=np.uint8)
        for thing, value in zip(self.things, values):
            mask[_grown(thing.mask, _VOID_WIDTH)] = IGNORE_INDEX
            mask[thing.mask] = value
        return mask


def _grown(mask: np.ndarray, width: int) -> np.ndarray:
    picture = Image.fromarray(mask.astype(np.uint8) * 255)
    return np.asarray(picture.filter(ImageFilter.MaxFilter(2 * width + 1))) > 0


class _Canvas:
    """Draw at several times the resolution, in colour or as a silhouette."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.fine = size * _SUPERSAMPLING
        self.colour = Image.new('RGB', (self.fine, self.fine))
        self.draw = ImageDraw.Draw(self.colour)

    def silhouette(self) -> tuple[Image.Image, ImageDraw.ImageDraw]:
        """An empty one-channel picture of the canvas' size."""
        picture = Image.new('L', (self.fine, self.fine))
        return picture, ImageDraw.Draw(picture)

    def to_mask(self, picture: Image.Image) -> np.ndarray:
        """Pixels that are covered by more than half."""
        small = picture.resize((self.size, self.size), Image.Resampling.BOX)
        return np.asarray(small) > 127


class _ObjectBrush:
    """Draw an object's unit square into its box, mirrored or not."""

    def __init__(self, canvas: _Canvas, box: tuple[int, int, int, int],
                 mirror: bool) -> None:
        self.x, self.y, self.width, self.height = (
            side * _SUPERSAMPLING for side in box)
        self.mirror = mirror
        self.canvas = canvas
        self.picture, self.draw = canvas.silhouette()

    def _place(self, point: Point) -> Point:
        x = 1 - point[0] if self.mirror else point[0]
        return self.x + x * self.width, self.y + point[1] * self.height

    def polygon(self, points: list[Point], colour: tuple) -> None:
        placed = [self._place(point) for point in points]
        self.canvas.draw.polygon(placed, fill=colour)
        self.draw.polygon(placed, fill=255)

    def ellipse(self, box: tuple[float, float, float, float],
                colour: tuple) -> None:
        (x0, y0), (x1, y1) = self._place(box[:2]), self._place(box[2:])
        placed = (min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))
        self.canvas.draw.ellipse(placed, fill=colour)
        self.draw.ellipse(placed, fill=255)


def make_scene(name: str, options: TinyVOCOptions) -> Scene:
    """Make the picture of a name; the same options give the same picture.

    Args:
        name (str): Name of the picture; it seeds what is in it.
        options (TinyVOCOptions): Size and difficulty.
    """
    rng = np.random.default_rng([options.seed, crc32(name.encode())])
    canvas = _Canvas(options.size)
    first = _pick(rng, tuple(DRAWINGS))
    context = _background(canvas, rng, first, options)
    things = [_thing(canvas, rng, first)]
    if rng.random() < options.second_object:
        others = [n for n in DRAWINGS if n not in (first, *CO_OCCURRING)]
        things.append(_thing(canvas, rng, _pick(rng, others)))
    post = _post(canvas, rng, things[-1], options)
    _hide(things, post)
    image = _develop(canvas, rng, options.noise)
    scene = Scene(image, context, [t for t in things if t.mask.any()])
    for thing in scene.things:
        scene.context[thing.mask] = CONTEXT_CLASSES.index(thing.name)
    if post is not None:
        scene.context[post] = 0
    scene.saliency = _saliency(rng, scene, options)
    return scene


def _pick(rng: np.random.Generator, items):
    return items[rng.integers(len(items))]


def _background(canvas: _Canvas, rng: np.random.Generator, name: str,
                options: TinyVOCOptions) -> np.ndarray:
    """Sky and ground; water under boats, rails under trains."""
    size, fine = canvas.size, canvas.fine
    horizon = int(size * rng.uniform(.35, .6))
    edge = horizon * _SUPERSAMPLING
    canvas.draw.rectangle((0, 0, fine, edge), fill=_pick(rng, _SKIES))
    canvas.draw.rectangle((0, edge, fine, fine), fill=_pick(rng, _GROUNDS))
    for _ in range(rng.integers(2, 6)):  # bushes, clouds, houses
        _blob(canvas, rng)
    context = np.zeros((size, size), dtype=np.uint8)
    stuff = CO_OCCURRING.get(name)
    if stuff and rng.random() < options.co_occurrence:
        top = int(size * rng.uniform(.55, .7))
        context[top:] = CONTEXT_CLASSES.index(stuff)
        (_water if stuff == 'water' else _rails)(canvas, rng,
                                                 top * _SUPERSAMPLING)
    return context


def _blob(canvas: _Canvas, rng: np.random.Generator) -> None:
    x, y = rng.uniform(0, canvas.fine, 2)
    width, height = rng.uniform(.08, .3, 2) * canvas.fine
    colour = np.array(_pick(rng, _BODY_COLOURS)) * .5 + rng.uniform(60, 120)
    shape = _pick(rng, (canvas.draw.ellipse, canvas.draw.rectangle))
    shape((x, y, x + width, y + height), fill=tuple(colour.astype(int)))


def _water(canvas: _Canvas, rng: np.random.Generator, top: int) -> None:
    fine = canvas.fine
    canvas.draw.rectangle((0, top, fine, fine), fill=_WATER)
    for y in range(top + 6, fine, 14):
        start = rng.integers(0, 40)
        for x in range(start, fine, 48):
            canvas.draw.arc((x, y, x + 24, y + 12), 200, 340,
                            fill=(190, 216, 236), width=3)


def _rails(canvas: _Canvas, rng: np.random.Generator, top: int) -> None:
    fine = canvas.fine
    canvas.draw.rectangle((0, top, fine, fine), fill=_BALLAST)
    for x in range(int(rng.integers(0, 24)), fine, 24):
        canvas.draw.line((x, top + 8, x - 24, fine),
                         fill=(84, 62, 48), width=8)
    for share in (.3, .75):
        y = top + share * (fine - top)
        canvas.draw.line((0, y, fine, y), fill=(206, 208, 214), width=5)


def _thing(canvas: _Canvas, rng: np.random.Generator, name: str) -> Thing:
    """Draw an object; it stands low enough to be on its water or rails."""
    size = canvas.size
    height = size * rng.uniform(.34, .56)
    width = height * ASPECTS[name]
    shrink = min(1., .8 * size / width)
    width, height = int(width * shrink), int(height * shrink)
    x = int(rng.integers(2, size - width - 1))
    low = int(size * .72) - height if name in CO_OCCURRING else 2
    y = int(rng.integers(max(2, low), size - height - 1))
    mirror = bool(rng.random() < .5)
    brush = _ObjectBrush(canvas, (x, y, width, height), mirror)
    body = np.array(_pick(rng, _BODY_COLOURS)) + rng.integers(-14, 15, 3)
    DRAWINGS[name](brush, tuple(int(v) for v in np.clip(body, 0, 255)))
    return Thing(name, (x, y, width, height), canvas.to_mask(brush.picture))


def _post(canvas: _Canvas, rng: np.random.Generator, thing: Thing,
          options: TinyVOCOptions) -> np.ndarray | None:
    """A post before the middle of an object, from top to bottom."""
    if rng.random() >= options.occluder:
        return None
    x, _, width, _ = thing.box
    half = max(2, canvas.size // 40)
    middle = int(x + width * rng.uniform(.42, .58))
    picture, draw = canvas.silhouette()
    box = tuple(v * _SUPERSAMPLING for v in (middle - half, 0, middle + half,
                                             canvas.size))
    draw.rectangle(box, fill=255)
    canvas.draw.rectangle(box, fill=(110, 84, 60))
    thing.split = True
    return canvas.to_mask(picture)


def _hide(things: list[Thing], post: np.ndarray | None) -> None:
    """Take away what nearer things and the post cover."""
    for index, thing in enumerate(things):
        for nearer in things[index + 1:]:
            thing.mask = thing.mask & ~nearer.mask
        if post is not None:
            thing.mask = thing.mask & ~post


def _develop(canvas: _Canvas, rng: np.random.Generator,
             noise: float) -> np.ndarray:
    """Light, noise, and the picture's own resolution."""
    small = canvas.colour.resize((canvas.size, canvas.size),
                                 Image.Resampling.BOX)
    light = rng.uniform(.85, 1.1)
    pixels = np.asarray(small, dtype=np.float64) * light
    pixels += rng.normal(0, noise, pixels.shape)
    return np.clip(pixels, 0, 255).astype(np.uint8)


def _saliency(rng: np.random.Generator, scene: Scene,
              options: TinyVOCOptions) -> np.ndarray:
    """A soft map with good borders that is wrong at the stated rates."""
    size = options.size
    found = np.zeros((size, size), dtype=np.uint8)
    for thing in scene.things:
        if rng.random() >= options.saliency_miss:
            found[thing.mask] = 235
    if rng.random() < options.saliency_distractor:
        picture = Image.new('L', (size, size))
        x, y = rng.uniform(0, .75, 2) * size
        width, height = rng.uniform(.15, .3, 2) * size
        ImageDraw.Draw(picture).ellipse((x, y, x + width, y + height),
                                        fill=200)
        found = np.maximum(found, np.asarray(picture))
    soft = Image.fromarray(found).filter(ImageFilter.GaussianBlur(size / 128))
    pixels = np.asarray(soft, dtype=np.float64) + rng.normal(0, 4, found.shape)
    return np.clip(pixels, 0, 255).astype(np.uint8)
