"""Drawings of the objects.

Coordinates are in the unit square of an object's box, x to the right and y
down. Every object has a large plain body, whose colour is shared among the
classes, and a small part that tells the class: that is what a classifier
finds, and all that it finds.
"""
from collections.abc import Callable
from typing import Protocol

Point = tuple[float, float]


class Brush(Protocol):
    """What a drawing needs: shapes of a colour, in the unit square."""

    def polygon(self, points: list[Point], colour: tuple) -> None:
        """Fill a polygon."""

    def ellipse(self, box: tuple[float, float, float, float],
                colour: tuple) -> None:
        """Fill an ellipse given by its box (x0, y0, x1, y1)."""


_DARK = (40, 40, 48)
_WHITE = (244, 244, 238)
_GLASS = (150, 215, 240)
_RED = (214, 48, 49)
_YELLOW = (250, 200, 40)
_SKIN = (238, 190, 150)


def _rect(x0: float, y0: float, x1: float, y1: float) -> list[Point]:
    return [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]


def aeroplane(brush: Brush, body: tuple) -> None:
    """Long body and wings; the part is the red and white tail."""
    brush.ellipse((.02, .42, .98, .68), body)
    brush.polygon([(.38, .55), (.6, .55), (.42, .98), (.3, .98)], body)
    brush.polygon([(.42, .5), (.6, .5), (.46, .16), (.36, .16)], body)
    brush.polygon([(.8, .5), (.98, .5), (.99, .1), (.88, .1)], _RED)
    brush.polygon([(.84, .36), (.985, .36), (.987, .24), (.86, .24)], _WHITE)


def boat(brush: Brush, body: tuple) -> None:
    """Hull and sail; the part is the striped pennant on the mast."""
    brush.polygon([(.02, .7), (.98, .7), (.82, .98), (.16, .98)], body)
    brush.polygon([(.48, .12), (.53, .12), (.53, .7), (.48, .7)], _DARK)
    brush.polygon([(.55, .26), (.55, .66), (.9, .66)], body)
    brush.polygon([(.46, .3), (.46, .66), (.12, .66)], body)
    brush.polygon([(.5, .02), (.5, .24), (.16, .13)], (30, 90, 200))
    brush.polygon([(.38, .055), (.38, .2), (.3, .175), (.3, .085)], _WHITE)


def bus(brush: Brush, body: tuple) -> None:
    """A tall box; the part is its row of windows."""
    brush.polygon(_rect(.03, .1, .97, .88), body)
    for x in (.2, .8):
        brush.ellipse((x - .1, .76, x + .1, .99), _DARK)
    for i in range(4):
        brush.polygon(_rect(.1 + i * .21, .18, .25 + i * .21, .42), _GLASS)


def car(brush: Brush, body: tuple) -> None:
    """A low body; the part is the two big wheels."""
    brush.polygon(_rect(.02, .45, .98, .78), body)
    brush.polygon([(.2, .46), (.32, .14), (.7, .14), (.84, .46)], body)
    for x in (.24, .76):
        brush.ellipse((x - .15, .6, x + .15, .99), _DARK)
        brush.ellipse((x - .08, .69, x + .08, .9), _YELLOW)


def cat(brush: Brush, body: tuple) -> None:
    """A round body with a tail; the part is the face with its ears."""
    brush.ellipse((.2, .42, .86, .98), body)
    brush.polygon([(.8, .8), (.97, .3), (.9, .28), (.7, .75)], body)
    brush.ellipse((.08, .14, .52, .56), (252, 236, 206))
    for x in (.1, .36):
        brush.polygon([(x, .26), (x + .06, .01), (x + .15, .2)],
                      (240, 130, 120))
    for x in (.18, .34):
        brush.ellipse((x, .27, x + .09, .38), (20, 120, 60))
    brush.polygon([(.27, .42), (.35, .42), (.31, .48)], (230, 80, 110))


def person(brush: Brush, body: tuple) -> None:
    """A long coat and legs; the part is the head with its hair."""
    brush.polygon([(.3, .27), (.7, .27), (.84, .72), (.16, .72)], body)
    for x in (.28, .56):
        brush.polygon(_rect(x, .7, x + .16, .99), body)
    brush.ellipse((.3, .02, .7, .3), (92, 52, 30))
    brush.ellipse((.35, .08, .65, .29), _SKIN)
    for x in (.41, .53):
        brush.ellipse((x, .15, x + .06, .19), _DARK)


def train(brush: Brush, body: tuple) -> None:
    """A locomotive; the part is its yellow and black front."""
    brush.polygon(_rect(.2, .32, .98, .84), body)
    brush.polygon(_rect(.62, .06, .96, .36), body)
    for x in (.36, .6, .84):
        brush.ellipse((x - .09, .76, x + .09, .99), _DARK)
    brush.polygon([(.2, .3), (.2, .92), (.02, .92), (.08, .3)], _YELLOW)
    for y in (.42, .58, .74):
        brush.polygon([(.06, y), (.2, y - .06), (.2, y + .03), (.05, y + .09)],
                      _DARK)


DRAWINGS: dict[str, Callable[[Brush, tuple], None]] = dict(
    aeroplane=aeroplane,
    boat=boat,
    bus=bus,
    car=car,
    cat=cat,
    person=person,
    train=train)

# Width over height of an object's box.
ASPECTS = dict(
    aeroplane=1.5, boat=1., bus=1.6, car=1.7, cat=1.1, person=.5, train=1.5)
