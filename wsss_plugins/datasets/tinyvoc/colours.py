"""Colours with some variation."""
import colorsys

import numpy as np

from .canvas import Colour

# Bodies of all classes draw from these: a body's colour says nothing about
# its class, only the part does.
_BODIES = ((222, 92, 78), (240, 178, 74), (96, 168, 130), (84, 140, 196),
           (214, 204, 182), (168, 128, 188), (128, 138, 150), (232, 144, 148))


def vary(rng: np.random.Generator,
         colour: Colour,
         hue: float = .03,
         light: float = .08) -> Colour:
    """A colour nearby: hue shifted, brightness scaled.

    Args:
        rng (Generator): Random numbers.
        colour (Colour): RGB in 0..255.
        hue (float): Greatest shift of the hue, as a share of the circle.
        light (float): Greatest relative change of saturation and brightness.
    """
    h, s, v = colorsys.rgb_to_hsv(*(c / 255 for c in colour))
    h = (h + rng.uniform(-hue, hue)) % 1
    s, v = (min(1., x * rng.uniform(1 - light, 1 + light)) for x in (s, v))
    return tuple(round(255 * c) for c in colorsys.hsv_to_rgb(h, s, v))


def body_colour(rng: np.random.Generator) -> Colour:
    """Colour of an object's body, the same choice for all classes."""
    return vary(rng, _BODIES[rng.integers(len(_BODIES))])


def pick(rng: np.random.Generator, colours: tuple[Colour, ...],
         **options) -> Colour:
    """One of the colours, varied."""
    return vary(rng, colours[rng.integers(len(colours))], **options)
