"""Who is in an image, where, and how large."""
from dataclasses import dataclass

import numpy as np

from .backgrounds import HOME_SCENES, PLAIN_SCENES, Stands
from .canvas import Color
from .classes import TINYVOC_FOREGROUND
from .colors import body_color
from .shapes import SHAPES

_SHARES_OF_COUNTS = (.36, .42, .22)  # images with 1, 2 and 3 objects
_EDGE = .03
_MOST_OVERLAP = .1
_TRIES = 80


@dataclass(frozen=True)
class Placement:
    """An object before it is drawn; lengths in units of the image's size.

    Attributes:
        name (str): Its class.
        left, top, scale (float): Corner, and length of one own unit.
        mirror (bool): Whether it faces left.
        tilt (float): In radians.
        body (Color): Color of its body.
    """
    name: str
    left: float
    top: float
    scale: float
    mirror: bool
    tilt: float
    body: Color

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom."""
        shape = SHAPES[self.name]
        return (self.left, self.top, self.left + shape.width * self.scale,
                self.top + shape.height * self.scale)


def choose_classes(rng: np.random.Generator) -> list[str]:
    """Classes of an image's 1 to 3 objects; the first sets the scene.

    Boats and trains are never together, as they want other scenes.
    """
    count = 1 + rng.choice(len(_SHARES_OF_COUNTS), p=_SHARES_OF_COUNTS)
    names = [TINYVOC_FOREGROUND[rng.integers(len(TINYVOC_FOREGROUND))]]
    while len(names) < count:
        name = TINYVOC_FOREGROUND[rng.integers(len(TINYVOC_FOREGROUND))]
        homes = {n for n in (*names, name) if n in HOME_SCENES}
        if names.count(name) < 2 and len(homes) < 2:
            names.append(name)
    return names


def choose_scene(rng: np.random.Generator, names: list[str],
                 context_rate: float) -> str:
    """A scene for the classes.

    With the probability ``context_rate`` it is the home of its boat or train,
    or, without these, neither sea nor railway.
    """
    usual = rng.random() < context_rate
    homes = [HOME_SCENES[n] for n in names if n in HOME_SCENES]
    if homes and usual:
        return homes[0]
    plain = PLAIN_SCENES
    if not homes and not usual:
        plain = tuple(HOME_SCENES.values())
    return plain[rng.integers(len(plain))]


def place(rng: np.random.Generator, names: list[str],
          stands: Stands) -> list[Placement]:
    """Find room for the objects, the farthest first.

    Companions that find no room are left out; the first object always has
    room.
    """
    placed: list[Placement] = []
    low, high = ((.62, .88), (.46, .62), (.38, .5))[len(names) - 1]
    for name in names:
        for attempt in range(_TRIES):
            # Shrinks as hope fades.
            scale = rng.uniform(low, high) - .12 * attempt / _TRIES
            item = _throw(rng, name, scale, stands)
            if item.top < _EDGE:
                continue
            if all(_overlap(item.box, other.box) < _MOST_OVERLAP
                   for other in placed):
                placed.append(item)
                break
    return sorted(placed, key=lambda item: item.box[3])


def _throw(rng: np.random.Generator, name: str, scale: float,
           stands: Stands) -> Placement:
    shape = SHAPES[name]
    bottom = rng.uniform(*stands.get(name, stands['']))
    if name == 'aeroplane':
        # Whatever flies must not leave the image at the top.
        bottom = max(bottom, _EDGE + .01 + shape.height * scale)
    width = shape.width * scale
    return Placement(
        name=name,
        left=rng.uniform(_EDGE, max(_EDGE, 1 - _EDGE - width)),
        top=bottom - shape.height * scale,
        scale=scale,
        mirror=bool(rng.random() < .5),
        tilt=rng.uniform(-shape.tilt, shape.tilt),
        body=body_color(rng))


def _overlap(a: tuple[float, ...], b: tuple[float, ...]) -> float:
    """Shared area of two boxes over the area of the smaller one."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    areas = [(c[2] - c[0]) * (c[3] - c[1]) for c in (a, b)]
    return max(0., width) * max(0., height) / min(areas)
