"""Posts and trees that cut an object in two."""
import numpy as np

from .canvas import Brush, Canvas, darker
from .colors import pick, vary

_THICKNESS = (.05, .085)
_CUT_BETWEEN = (.32, .68)  # share of the object's area left of the cut


def cut_in_two(canvas: Canvas, rng: np.random.Generator, number: int,
               ground: float) -> None:
    """Put a post or a tree in front of an object.

    Its stem is upright and passes the object from above its top to below its
    bottom, with object on both sides.

    Args:
        canvas (Canvas): The image with its objects.
        rng (Generator): Random numbers.
        number (int): Number of the object, from 1.
        ground (float): Height at which a stem may end, 0..1 from the top.
    """
    mine = canvas.object_codes() // 2 == number
    columns = mine.sum(axis=0).cumsum()
    share = rng.uniform(*_CUT_BETWEEN) * columns[-1]
    x = float(np.searchsorted(columns, share)) / canvas.pixels
    rows = np.flatnonzero(mine.any(axis=1)) / canvas.pixels
    top = rows[0] - rng.uniform(.03, .1)
    bottom = max(rows[-1] + .03, ground)
    half = rng.uniform(*_THICKNESS) / 2
    kind = (_lamp, _tree, _signpost)[rng.integers(3)]
    kind(Brush(canvas), rng, x, top, bottom, half)


def _lamp(brush: Brush, rng: np.random.Generator, x: float, top: float,
          bottom: float, half: float) -> None:
    iron = pick(rng, ((70, 76, 84), (60, 84, 78), (92, 80, 80)))
    brush.box((x - half, top), (x + half, bottom), iron)
    brush.box((x - 1.7 * half, bottom - .03), (x + 1.7 * half, bottom), iron)
    brush.ellipse((x, top), .05, (255, 244, 196))
    brush.box((x - .045, top + .025), (x + .045, top + .045), iron)


def _tree(brush: Brush, rng: np.random.Generator, x: float, top: float,
          bottom: float, half: float) -> None:
    brush.polygon([(x - half, top), (x + half, top),
                   (x + 1.3 * half, bottom), (x - 1.3 * half, bottom)],
                  vary(rng, (122, 84, 58)))
    green = pick(rng, ((92, 150, 84), (126, 160, 70), (70, 140, 104)))
    for dx, dy in ((-.08, 0.), (.08, 0.), (0., -.05)):
        brush.ellipse((x + dx, top - .03 + dy), .08, green)
    brush.ellipse((x, top - .03), .07, green, outline=False)


def _signpost(brush: Brush, rng: np.random.Generator, x: float, top: float,
              bottom: float, half: float) -> None:
    wood = pick(rng, ((168, 126, 84), (144, 112, 88)))
    brush.box((x - half, top), (x + half, bottom), wood)
    point = .1 * (1 if rng.random() < .5 else -1)
    brush.polygon([(x - point, top - .005), (x + point, top - .005),
                   (x + 1.4 * point, top + .025), (x + point, top + .055),
                   (x - point, top + .055)], darker(wood, 1.15))
