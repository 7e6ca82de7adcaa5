"""Colors with some variation."""
import colorsys

import numpy as np

from .canvas import Color

# Bodies of all classes draw from these: a body's color says nothing about
# its class, only the part does.
_BODIES = ((222, 92, 78), (240, 178, 74), (96, 168, 130), (84, 140, 196),
           (214, 204, 182), (168, 128, 188), (128, 138, 150), (232, 144, 148))


def vary(rng: np.random.Generator,
         color: Color,
         hue: float = .03,
         light: float = .08) -> Color:
    """A color nearby: hue shifted, brightness scaled.

    Args:
        rng (Generator): Random numbers.
        color (Color): RGB in 0..255.
        hue (float): Greatest shift of the hue, as a share of the circle.
        light (float): Greatest relative change of saturation and brightness.
    """
    h, s, v = colorsys.rgb_to_hsv(*(c / 255 for c in color))
    h = (h + rng.uniform(-hue, hue)) % 1
    s, v = (min(1., x * rng.uniform(1 - light, 1 + light)) for x in (s, v))
    return tuple(round(255 * c) for c in colorsys.hsv_to_rgb(h, s, v))


def body_color(rng: np.random.Generator) -> Color:
    """Color of an object's body, the same choice for all classes."""
    return vary(rng, _BODIES[rng.integers(len(_BODIES))])


def pick(rng: np.random.Generator, colors: tuple[Color, ...],
         **options) -> Color:
    """One of the colors, varied."""
    return vary(rng, colors[rng.integers(len(colors))], **options)
