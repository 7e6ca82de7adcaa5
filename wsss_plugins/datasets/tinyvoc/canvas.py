"""An image under construction: colors, objects and stuff in register."""
from collections.abc import Sequence
from functools import cached_property

import numpy as np
from PIL import Image, ImageDraw

Point = tuple[float, float]
Color = tuple[int, int, int]

#: Canvas pixels per image pixel along each axis; edges are averaged.
SUPERSAMPLING = 4


class Canvas:
    """Three layers that every stroke paints at once.

    Objects are coded ``2 * number + is_part`` with numbers from 1; 0 is no
    object. Stuff is coded by its index in ``CONTEXT_CLASSES``; 0 is none.

    Args:
        size (int): Height and width of the image in pixels.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self.pixels = size * SUPERSAMPLING
        shape = (self.pixels, self.pixels)
        self._colors = Image.new('RGB', shape)
        self._objects = Image.new('L', shape)
        self._stuff = Image.new('L', shape)
        self._link()

    def _link(self) -> None:
        self._draw_color = ImageDraw.Draw(self._colors)
        self._draw_object = ImageDraw.Draw(self._objects)
        self._draw_stuff = ImageDraw.Draw(self._stuff)

    def polygon(self, points: Sequence[Point], color: Color, code: int,
                stuff: int) -> None:
        """Fill a polygon given in canvas pixels."""
        self._draw_color.polygon(points, fill=color)
        self._draw_object.polygon(points, fill=code)
        if not code:
            self._draw_stuff.polygon(points, fill=stuff)

    def line(self, points: Sequence[Point], width: int, color: Color,
             code: int, stuff: int) -> None:
        """Draw a line with round corners, in canvas pixels."""
        self._draw_color.line(points, color, width, joint='curve')
        self._draw_object.line(points, code, width, joint='curve')
        if not code:
            self._draw_stuff.line(points, stuff, width, joint='curve')

    def gradient(self, top: float, bottom: float, upper: Color,
                 lower: Color, stuff: int) -> None:
        """Fill the full width between two heights (0..1) with a gradient."""
        start, stop = round(top * self.pixels), round(bottom * self.pixels)
        mix = np.linspace(0, 1, stop - start)[:, None, None]
        rows = (1 - mix) * np.asarray(upper) + mix * np.asarray(lower)
        strip = Image.fromarray(rows.astype(np.uint8))
        box = (0, start, self.pixels, stop)
        self._colors.paste(strip.resize((self.pixels, stop - start)), box)
        self._objects.paste(0, box)
        self._stuff.paste(stuff, box)

    def texture(self, rng: np.random.Generator, amount: float) -> None:
        """Make what is painted so far blotchy, with light from one side.

        Args:
            rng (Generator): Random numbers.
            amount (float): Standard deviation of the relative brightness.
        """
        field = np.zeros((self.size, self.size), dtype=np.float32)
        for cells, weight in ((4, .7), (12, .5), (40, .5)):
            coarse = rng.normal(size=(cells, cells)).astype(np.float32)
            blown_up = Image.fromarray(coarse).resize(field.shape[::-1],
                                                      Image.Resampling.BICUBIC)
            field += weight * np.asarray(blown_up)
        light = np.linspace(-1, 1, self.size, dtype=np.float32)
        field += light * rng.uniform(-.8, .8)
        field = Image.fromarray(1 + amount * field).resize(
            (self.pixels, self.pixels), Image.Resampling.BILINEAR)
        colors = np.asarray(self._colors) * np.asarray(field)[..., None]
        self._colors = Image.fromarray(
            np.clip(colors, 0, 255).astype(np.uint8))
        self._link()

    def object_codes(self) -> np.ndarray:
        """Object layer, uint8 (pixels, pixels)."""
        return np.array(self._objects)

    def colors(self) -> np.ndarray:
        """Image at its final size, uint8 (size, size, 3)."""
        return np.array(self._colors.reduce(SUPERSAMPLING))

    def coverage(self, codes: np.ndarray, value: int) -> np.ndarray:
        """Share of each image pixel that holds a value, float (size, size).

        Args:
            codes (np.ndarray): A layer at canvas size.
            value (int): The value that is looked for.
        """
        blocks = (codes == value).reshape(self.size, SUPERSAMPLING, self.size,
                                          SUPERSAMPLING)
        return blocks.mean(axis=(1, 3), dtype=np.float32)

    def majority(self, codes: np.ndarray) -> np.ndarray:
        """Most frequent value in each image pixel, uint8 (size, size).

        Ties go to the smaller value. Values are never mixed.
        """
        values = np.unique(codes)
        shares = np.stack([self.coverage(codes, v) for v in values])
        return values[shares.argmax(axis=0)].astype(np.uint8)

    def stuff(self) -> np.ndarray:
        """Stuff by its context index, uint8 (size, size)."""
        return self.majority(np.array(self._stuff))


class Brush:
    """Paints in the coordinates of one object: origin, scale, mirror, tilt.

    Args:
        canvas (Canvas): What to paint on.
        origin (Point): Where (0, 0) lies, in units of the image's size.
        scale (float): Length of one unit, in units of the image's size.
        width, height (float): Extent of the object in its own units; mirror
            and tilt keep its middle.
        mirror (bool): Whether left and right are swapped.
        tilt (float): Rotation in radians, clockwise.
        number (int): Number of the object, 0 for the background.
        stuff (int): Context index of the stuff, 0 for none.
    """

    def __init__(self,
                 canvas: Canvas,
                 origin: Point = (0., 0.),
                 scale: float = 1.,
                 width: float = 1.,
                 height: float = 1.,
                 mirror: bool = False,
                 tilt: float = 0.,
                 number: int = 0,
                 stuff: int = 0) -> None:
        self.canvas = canvas
        self.scale = scale * canvas.pixels
        self._middle = np.array([width / 2, height / 2])
        self._center = (np.asarray(origin) * canvas.pixels
                        + self._middle * self.scale)
        cos, sin = np.cos(tilt), np.sin(tilt)
        self._turn = np.array([[cos, sin], [-sin, cos]]) * self.scale
        if mirror:
            self._turn[0] *= -1
        self.number = number
        self.stuff = stuff

    def _place(self, points: Sequence[Point]) -> list[Point]:
        local = np.asarray(points, dtype=float) - self._middle
        return [tuple(p) for p in (local @ self._turn + self._center).tolist()]

    @cached_property
    def _outline(self) -> int:
        return max(2, round(.011 * self.canvas.pixels))

    def polygon(self,
                points: Sequence[Point],
                color: Color,
                part: bool = False,
                outline: bool = True) -> None:
        """Fill a polygon, with a darker outline if asked for."""
        placed = self._place(points)
        self.canvas.polygon(placed, color, self._code(part), self.stuff)
        if outline:
            closed = [*placed, placed[0], placed[1]]
            self.canvas.line(closed, self._outline, darker(color),
                             self._code(part), self.stuff)

    def line(self,
             points: Sequence[Point],
             color: Color,
             width: float,
             part: bool = False) -> None:
        """Draw an open line of a width in own units."""
        pixels = max(1, round(width * self.scale))
        self.canvas.line(
            self._place(points), pixels, color, self._code(part), self.stuff)

    def ellipse(self,
                center: Point,
                radius: Point | float,
                color: Color,
                part: bool = False,
                outline: bool = True) -> None:
        """Fill an ellipse."""
        self.polygon(
            ellipse(center, radius), color, part=part, outline=outline)

    def box(self,
            start: Point,
            stop: Point,
            color: Color,
            corner: float = 0.,
            part: bool = False,
            outline: bool = True) -> None:
        """Fill a rectangle, its corners rounded by a radius."""
        self.polygon(
            rounded_box(start, stop, corner),
            color,
            part=part,
            outline=outline)

    def checks(self,
               corners: Sequence[Point],
               colors: Sequence[Color],
               rows: int = 1,
               columns: int = 1,
               part: bool = True) -> None:
        """Split a quadrilateral into cells whose colors take turns.

        Args:
            corners (Sequence[Point]): Top left, top right, bottom right and
                bottom left.
            colors (Sequence[Color]): Colors that take turns along rows
                and columns.
            rows, columns (int): Number of cells.
            part (bool): Whether this is the discriminative part.
        """
        quad = np.asarray(corners, dtype=float)

        def at(row: int, column: int) -> Point:
            down, right = row / rows, column / columns
            upper = (1 - right) * quad[0] + right * quad[1]
            lower = (1 - right) * quad[3] + right * quad[2]
            return tuple((1 - down) * upper + down * lower)

        self.polygon(corners, colors[0], part=part)
        for r in range(rows):
            for c in range(columns):
                cell = (at(r, c), at(r, c + 1), at(r + 1, c + 1), at(r + 1, c))
                color = colors[(r + c) % len(colors)]
                self.polygon(cell, color, part=part, outline=False)

    def _code(self, part: bool) -> int:
        return 2 * self.number + bool(part and self.number)


def ellipse(center: Point, radius: Point | float) -> list[Point]:
    """Corners of a polygon that looks like an ellipse."""
    rx, ry = radius if isinstance(radius, tuple) else (radius, radius)
    angles = np.linspace(0, 2 * np.pi, 36, endpoint=False)
    return list(
        zip(center[0] + rx * np.cos(angles), center[1] + ry * np.sin(angles)))


def rounded_box(start: Point, stop: Point, corner: float) -> list[Point]:
    """Corners of a polygon that looks like a rounded rectangle."""
    (left, top), (right, bottom) = start, stop
    if corner <= 0:
        return [(left, top), (right, top), (right, bottom), (left, bottom)]
    points = []
    for quarter, (x, y) in enumerate([(left, top), (right, top),
                                      (right, bottom), (left, bottom)]):
        x += corner if x == left else -corner
        y += corner if y == top else -corner
        angles = np.linspace(quarter + 2, quarter + 3, 7) * np.pi / 2
        points += zip(x + corner * np.cos(angles),
                      y + corner * np.sin(angles))
    return points


def darker(color: Color, factor: float = .45) -> Color:
    """The same hue with less light."""
    return tuple(int(c * factor) for c in color)
