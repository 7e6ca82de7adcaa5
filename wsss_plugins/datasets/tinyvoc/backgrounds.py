"""Where things happen: meadow, town, wall, sea and railway."""
from collections.abc import Callable

import numpy as np

from .canvas import Brush, Canvas, Color, darker, ellipse
from .classes import context_index
from .colors import pick, vary

#: Heights (0..1 from the top) between which an object's lower end lies, by
#: class; ``''`` stands for all classes that are not named.
Stands = dict[str, tuple[float, float]]

_SKIES = (((112, 176, 228), (208, 232, 244)), ((246, 178, 132), (252, 226,
                                                                 190)),
          ((150, 196, 206), (226, 238, 226)), ((160, 160, 206), (240, 212,
                                                                 216)))
_GRASS = ((150, 194, 96), (178, 196, 108), (122, 178, 112), (204, 188, 120))
_PAVING = ((178, 172, 164), (160, 166, 172), (196, 180, 156))
_WALLS = ((214, 196, 172), (178, 202, 190), (196, 186, 208), (220, 188, 180),
          (178, 192, 212), (206, 206, 160))
_FLOORS = ((170, 128, 92), (148, 132, 120), (186, 158, 122))
_WATERS = ((64, 134, 182), (70, 152, 168), (88, 124, 170))
_SAND = ((232, 210, 156), (220, 196, 150))


def _sky(canvas: Canvas, rng: np.random.Generator, horizon: float,
         clutter: float) -> None:
    upper, lower = _SKIES[rng.integers(len(_SKIES))]
    sky = context_index('sky')
    canvas.gradient(0, horizon, vary(rng, upper), vary(rng, lower), sky)
    brush = Brush(canvas, stuff=sky)
    if rng.random() < .3:
        brush.ellipse((rng.uniform(.1, .9), rng.uniform(.08, .2)),
                      rng.uniform(.04, .07), (255, 244, 196), outline=False)
    for _ in range(rng.binomial(4, clutter)):
        x, y = rng.random(), rng.uniform(.04, horizon - .08)
        scale = rng.uniform(.04, .09)
        for dx, r in ((-1.1, .6), (0., 1.), (1.2, .7)):
            brush.ellipse((x + dx * scale, y), (r * scale * 1.2, r * scale *
                                                .6), (252, 252, 250),
                          outline=False)


def _hills(canvas: Canvas, rng: np.random.Generator, horizon: float,
           color: Color) -> None:
    brush = Brush(canvas)
    for _ in range(rng.integers(1, 4)):
        brush.ellipse((rng.random(), horizon + .04),
                      (rng.uniform(.2, .45), rng.uniform(.1, .22)),
                      vary(rng, darker(color, .85), light=.15),
                      outline=False)


def _ground(canvas: Canvas, rng: np.random.Generator, top: float,
            color: Color) -> None:
    canvas.gradient(top, 1, color, vary(rng, darker(color, .84)),
                    context_index('ground'))


def _bushes(canvas: Canvas, rng: np.random.Generator, low: float, high: float,
            clutter: float) -> None:
    """Round bushes and stones: background that looks like things."""
    brush = Brush(canvas)
    for _ in range(rng.binomial(5, clutter)):
        x, y = rng.random(), rng.uniform(low, high)
        scale = rng.uniform(.03, .07)
        color = pick(rng, ((96, 150, 90), (122, 160, 84), (150, 146, 140)))
        for dx in (-.8, .8, 0.):
            top = 1.3 if dx == 0 else 1.
            brush.polygon([(px, min(py, y)) for px, py in ellipse(
                (x + dx * scale, y), (scale, top * scale))], color)


def _meadow(canvas: Canvas, rng: np.random.Generator, clutter: float,
            _: set[str]) -> Stands:
    horizon = rng.uniform(.42, .6)
    grass = pick(rng, _GRASS)
    _sky(canvas, rng, horizon, clutter)
    _hills(canvas, rng, horizon, grass)
    _ground(canvas, rng, horizon, grass)
    _bushes(canvas, rng, horizon, .95, clutter)
    tufts = Brush(canvas, stuff=context_index('ground'))
    for _ in range(rng.binomial(40, clutter)):
        x, y = rng.random(), rng.uniform(horizon + .03, 1)
        tufts.line([(x - .01, y - .015), (x, y), (x + .01, y - .015)],
                   darker(grass, .75), .005)
    return {'': (.78, .97), 'aeroplane': (.3, .6)}


def _town(canvas: Canvas, rng: np.random.Generator, clutter: float,
          _: set[str]) -> Stands:
    horizon = rng.uniform(.55, .68)
    _sky(canvas, rng, horizon, clutter)
    brush = Brush(canvas)
    x = -rng.uniform(0, .1)
    while x < 1:
        width, top = rng.uniform(.14, .28), rng.uniform(.12, horizon - .12)
        wall = pick(rng, _WALLS)
        brush.box((x, top), (x + width, horizon), wall)
        for wx in np.arange(x + .03, x + width - .04, .06):
            for wy in np.arange(top + .04, horizon - .06, .08):
                if rng.random() < .9 * clutter:
                    brush.box((wx, wy), (wx + .03, wy + .04),
                              darker(wall, .78), outline=False)
        x += width + (rng.random() < .3) * rng.uniform(.02, .1)
    _ground(canvas, rng, horizon, pick(rng, _PAVING))
    kerb = rng.uniform(horizon + .05, horizon + .1)
    Brush(canvas, stuff=context_index('ground')).line(
        [(0, kerb), (1, kerb)], (224, 220, 210), .015)
    return {'': (.8, .97), 'aeroplane': (.3, .5)}


def _wall(canvas: Canvas, rng: np.random.Generator, clutter: float,
          _: set[str]) -> Stands:
    """A room: papered wall and floor, with nothing of the outdoors."""
    horizon = rng.uniform(.64, .8)
    wall = pick(rng, _WALLS)
    canvas.gradient(0, horizon, wall, darker(wall, .88), 0)
    brush, ink = Brush(canvas), darker(wall, .86)
    pattern, step = rng.integers(4), rng.uniform(.09, .16)
    places = np.arange(step / 2, 1.4, step)
    if rng.random() < clutter:
        if pattern == 0:
            for x in places:
                brush.line([(x, 0), (x, horizon)], ink, .03)
        elif pattern == 1:
            for x in places:
                brush.line([(x, 0), (x - horizon, horizon)], ink, .02)
        elif pattern == 2:
            for x in places:
                for y in places:
                    brush.ellipse((x, y), .02, ink, outline=False)
    floor = pick(rng, _FLOORS)
    canvas.gradient(horizon, 1, floor, darker(floor, .82), 0)
    brush.line([(0, horizon), (1, horizon)], darker(wall, .6), .015)
    if rng.random() < clutter:
        x = rng.uniform(.05, .6)
        brush.box((x, .08), (x + .3, .32), pick(rng, _FLOORS))
        brush.box((x + .03, .11), (x + .27, .29), pick(rng, _WALLS))
    return {'': (.82, .97), 'aeroplane': (.35, .75)}


def _sea(canvas: Canvas, rng: np.random.Generator, clutter: float,
         classes: set[str]) -> Stands:
    """Water; a beach in front if somebody needs to stand there."""
    horizon = rng.uniform(.36, .5)
    _sky(canvas, rng, horizon, clutter)
    if rng.random() < .5:
        _hills(canvas, rng, horizon - .06, pick(rng, _GRASS))
    water = pick(rng, _WATERS)
    index = context_index('water')
    canvas.gradient(horizon, 1, vary(rng, water), darker(water, .85), index)
    waves = Brush(canvas, stuff=index)
    for _ in range(rng.integers(12, 22)):
        x, y = rng.random(), rng.uniform(horizon + .03, 1)
        size = .02 + .05 * (y - horizon)
        waves.line([(x - size, y), (x - size / 2, y - size / 2), (x, y),
                    (x + size / 2, y - size / 2), (x + size, y)],
                   (206, 230, 240), .008)
    if classes - {'boat', 'aeroplane'} or rng.random() < .2:
        shore = rng.uniform(.84, .9)
        sand = pick(rng, _SAND)
        _ground(canvas, rng, shore, sand)
        foam = Brush(canvas, stuff=index)
        foam.line([(x, shore + .012 * np.sin(20 * x))
                   for x in np.linspace(0, 1, 30)], (240, 246, 246), .02)
    return {'': (.93, .98), 'boat': (.66, .8), 'aeroplane': (.26, .44)}


def _railway(canvas: Canvas, rng: np.random.Generator, clutter: float,
             _: set[str]) -> Stands:
    """A track from side to side, often with a platform in front."""
    horizon = rng.uniform(.42, .55)
    grass = pick(rng, _GRASS)
    _sky(canvas, rng, horizon, clutter)
    _hills(canvas, rng, horizon, grass)
    _ground(canvas, rng, horizon, grass)
    _bushes(canvas, rng, horizon, .64, clutter)
    top = rng.uniform(.66, .72)
    bottom = top + rng.uniform(.14, .18)
    gravel = vary(rng, (156, 140, 122))
    canvas.gradient(top, bottom, gravel, darker(gravel, .8),
                    context_index('rail'))
    rail = Brush(canvas, stuff=context_index('rail'))
    for x in np.arange(rng.uniform(-.08, 0), 1.1, rng.uniform(.07, .1)):
        rail.polygon([(x + .01, top + .02), (x + .04, top + .02),
                      (x + .02, bottom - .02), (x - .02, bottom - .02)],
                     (104, 72, 50))
    for y in (top + .045, bottom - .045):
        rail.line([(0, y), (1, y)], (84, 88, 98), .026)
        rail.line([(0, y - .004), (1, y - .004)], (206, 212, 220), .012)
    if rng.random() < .6:
        _platform(canvas, rng, bottom + rng.uniform(.0, .03))
    return {'': (.92, .98), 'train': (top + .06, bottom - .04),
            'aeroplane': (.24, .4)}


def _platform(canvas: Canvas, rng: np.random.Generator, top: float) -> None:
    stone = pick(rng, _PAVING)
    index = context_index('platform')
    canvas.gradient(top, 1, stone, darker(stone, .86), index)
    Brush(canvas, stuff=index).line([(0, top + .03), (1, top + .03)],
                                    (238, 232, 214), .02)


#: Paints a scene's background and says where things stand:
#: ``paint(canvas, rng, clutter, classes)``.
BACKGROUNDS: dict[str, Callable[
    [Canvas, np.random.Generator, float, set[str]], Stands]] = dict(
        meadow=_meadow, town=_town, wall=_wall, sea=_sea, railway=_railway)

#: Scenes that show neither water nor rails.
PLAIN_SCENES: tuple[str, ...] = ('meadow', 'town', 'wall')

#: The scene that goes with a class.
HOME_SCENES: dict[str, str] = dict(boat='sea', train='railway')
