"""What the classes look like: a large plain body, a small telling part.

Every shape is drawn facing right in its own units: x from 0 to ``width``, y
from 0 (top) to ``height``, the longer side about 1. Bodies share colors,
windows and wheels; only the part (see ``part=True``) is a class's own.
"""
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .canvas import Brush, Color, darker
from .colors import pick, vary

_DARK = (44, 46, 56)
_WINDOW = (150, 188, 204)
_WHITE = (246, 244, 236)
_RED = (214, 52, 48)


@dataclass(frozen=True)
class Shape:
    """How to draw a class.

    Attributes:
        width, height (float): Extent in own units.
        draw (Callable): ``draw(brush, body, rng)``.
        tilt (float): Greatest tilt in radians.
    """
    width: float
    height: float
    draw: Callable[[Brush, Color, np.random.Generator], None]
    tilt: float = 0.


def _draw_aeroplane(brush: Brush, body: Color,
                    rng: np.random.Generator) -> None:
    """Part: a tail fin with stripes."""
    blue = vary(rng, (36, 74, 176))
    brush.polygon([(.46, .2), (.6, .2), (.52, .04), (.42, .04)],
                  darker(body, .82))
    brush.checks([(.0, .0), (.2, .0), (.36, .27), (.05, .27)],
                 (blue, _WHITE, vary(rng, _RED)), rows=1, columns=6)
    brush.polygon([(.03, .25), (.14, .21), (.4, .17), (.8, .17), (.93, .2),
                   (.99, .27), (1., .31), (.97, .35), (.88, .39), (.3, .4),
                   (.12, .35)], body)
    brush.polygon([(.8, .2), (.9, .22), (.95, .27), (.81, .27)], _WINDOW)
    brush.polygon([(.4, .3), (.62, .3), (.44, .52), (.3, .52)],
                  darker(body, .9))


def _draw_boat(brush: Brush, body: Color, rng: np.random.Generator) -> None:
    """Part: a funnel with rings."""
    red = vary(rng, _RED)
    brush.checks([(.28, .0), (.52, .0), (.53, .3), (.27, .3)],
                 (_DARK, red, _WHITE, red), rows=4)
    brush.box((.16, .26), (.74, .52), darker(body, .92), corner=.05)
    for x in (.28, .45, .62):
        brush.ellipse((x, .38), .042, _WINDOW)
    brush.polygon([(.0, .48), (.16, .5), (.8, .5), (1., .44), (.88, .76),
                   (.14, .76)], body)


def _draw_wheels(brush: Brush, xs: tuple[float, ...], y: float,
                 radius: float) -> None:
    for x in xs:
        brush.ellipse((x, y), radius, _DARK)


def _draw_bus(brush: Brush, body: Color, rng: np.random.Generator) -> None:
    """Part: the front with a chequered window and a sign."""
    cyan = vary(rng, (64, 208, 226))
    _draw_wheels(brush, (.2, .76), .54, .09)
    brush.box((.0, .0), (1., .54), body, corner=.07)
    for x in (.08, .34):
        brush.box((x, .1), (x + .2, .27), _WINDOW, corner=.02)
    brush.checks([(.64, .15), (.96, .15), (.96, .44), (.64, .44)],
                 (cyan, _WHITE), rows=3, columns=3)
    brush.box((.62, .05), (.98, .15), vary(rng, (250, 150, 30)), part=True)


def _draw_car(brush: Brush, body: Color, rng: np.random.Generator) -> None:
    """Part: wheels with rings."""
    hub = vary(rng, (236, 58, 120))
    brush.polygon([(.18, .22), (.3, .03), (.36, .0), (.62, .0), (.68, .03),
                   (.84, .22)], body)
    brush.polygon([(.27, .2), (.36, .06), (.47, .06), (.47, .2)], _WINDOW)
    brush.polygon([(.53, .2), (.53, .06), (.61, .06), (.74, .2)], _WINDOW)
    brush.polygon([(.0, .24), (.04, .19), (.2, .18), (.84, .18), (.96, .23),
                   (1., .3), (.99, .42), (.02, .42)], body)
    for x in (.23, .76):
        brush.ellipse((x, .41), .15, _DARK, part=True, outline=False)
        brush.ellipse((x, .41), .115, _WHITE, part=True, outline=False)
        brush.ellipse((x, .41), .075, hub, part=True, outline=False)
        brush.ellipse((x, .41), .028, _DARK, part=True, outline=False)


def _draw_cat(brush: Brush, body: Color, rng: np.random.Generator) -> None:
    """Part: the face."""
    tail = [(.5, .92), (.68, .9), (.74, .76), (.7, .62), (.62, .58)]
    brush.line(tail, darker(body), .13)
    brush.line(tail[:-1] + [(.65, .6)], body, .09)
    brush.ellipse((.36, .74), (.28, .26), body)
    brush.polygon([(.2, .42), (.52, .42), (.56, .7), (.16, .7)], body,
                  outline=False)
    for x in (.26, .46):
        brush.ellipse((x, .95), (.1, .05), body)
    _draw_cat_face(brush, body, rng)


def _draw_cat_face(brush: Brush, body: Color,
                   rng: np.random.Generator) -> None:
    eyes = pick(rng, ((150, 220, 40), (250, 210, 40)))
    pink = (240, 130, 150)
    for side in (-1, 1):
        brush.polygon([(.36 + side * .23, .0), (.36 + side * .24, .22),
                       (.36 + side * .06, .12)], body, part=True)
        brush.polygon([(.36 + side * .2, .06), (.36 + side * .2, .16),
                       (.36 + side * .11, .12)], pink, part=True,
                      outline=False)
    brush.ellipse((.36, .28), (.25, .2), body, part=True)
    for x in (-.07, 0., .07):
        brush.line([(.36 + x, .1), (.36 + x, .18)], _DARK, .03, part=True)
    brush.polygon([(.3, .36), (.42, .36), (.46, .44), (.36, .47),
                   (.26, .44)], _WHITE, part=True, outline=False)
    for x in (.25, .47):
        brush.ellipse((x, .27), (.072, .072), eyes, part=True)
        brush.ellipse((x, .27), (.022, .06), _DARK, part=True, outline=False)
    brush.polygon([(.31, .345), (.41, .345), (.36, .4)], pink, part=True)


def _draw_person(brush: Brush, body: Color,
                 rng: np.random.Generator) -> None:
    """Part: the head."""
    for x in (.16, .34):
        brush.line([(x, .84), (x, .96)], _DARK, .08)
        brush.line([(x - .02, .97), (x + .07, .97)], _DARK, .05)
    raised = rng.uniform(-.1, .26)
    for side, lift in ((-1, 0.), (1, raised)):
        arm = [(.25 + side * .1, .42), (.25 + side * .22, .62 - lift)]
        brush.line(arm, darker(body), .13)
        brush.line(arm, darker(body, .92), .09)
    brush.polygon([(.16, .36), (.34, .36), (.4, .46), (.45, .88), (.05, .88),
                   (.1, .46)], body)
    _draw_head(brush, rng)


def _draw_head(brush: Brush, rng: np.random.Generator) -> None:
    skin = pick(rng, ((250, 214, 184), (224, 172, 128), (148, 96, 66)),
                hue=.01)
    hair = pick(rng, ((56, 36, 28), (150, 84, 30), (30, 30, 34)))
    brush.ellipse((.25, .17), .17, hair, part=True)
    brush.ellipse((.25, .22), (.135, .14), skin, part=True, outline=False)
    brush.polygon([(.1, .17), (.14, .07), (.25, .03), (.36, .07), (.4, .17),
                   (.3, .12)], hair, part=True, outline=False)
    for x in (.2, .31):
        brush.ellipse((x, .21), (.022, .03), _DARK, part=True, outline=False)
    for x in (.155, .35):
        brush.ellipse((x, .265), .026, (238, 120, 110), part=True,
                      outline=False)
    smile = [(.2, .28), (.23, .305), (.27, .305), (.3, .28)]
    brush.line(smile, (150, 30, 40), .028, part=True)


def _draw_train(brush: Brush, body: Color, rng: np.random.Generator) -> None:
    """Part: the nose with slanted stripes."""
    yellow = vary(rng, (252, 208, 20))
    _draw_wheels(brush, (.1, .24, .5, .64, .84), .45, .055)
    brush.polygon([(.0, .1), (.03, .05), (.8, .05), (.9, .12), (.97, .26),
                   (1., .44), (.0, .44)], body)
    for x in (.06, .23, .4):
        brush.box((x, .12), (x + .13, .24), _WINDOW, corner=.02)
    brush.checks([(.63, .18), (.92, .18), (.98, .42), (.71, .42)],
                 (yellow, _DARK), columns=6)
    brush.ellipse((.79, .12), .04, (255, 250, 200), part=True)


#: How each class is drawn.
SHAPES: dict[str, Shape] = dict(
    aeroplane=Shape(1., .54, _draw_aeroplane, tilt=.2),
    boat=Shape(1., .78, _draw_boat, tilt=.04),
    bus=Shape(1., .63, _draw_bus),
    car=Shape(1., .56, _draw_car),
    cat=Shape(.74, 1., _draw_cat),
    person=Shape(.5, 1., _draw_person),
    train=Shape(1., .5, _draw_train),
)
