"""Sub-categories for people: sizes, a plane of each class, its images."""
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...pipelines.arguments import check_arguments
from ...registry import REPORT_SECTIONS
from ...structures.errors import UserError
from ...structures.sub_categories import SubCategories
from ..drawing.images import fit, read_image
from ..elements import escape, folded, inline_image, soft
from ..page import ReportPage
from ..tables import table
from .base import Section

_SIDE = 112
_QUALITY = 80
_WIDTH, _HEIGHT, _MARGIN = 300, 240, 14
_OFTEN = .5  # share of a sub-category's images that is worth a word
_FLEX = ('style="display:flex;flex-wrap:wrap;gap:.3rem 1.2rem;'
         'align-items:flex-start;margin:.5rem 0 1.2rem"')
_PLANE = (f'style="width:{_WIDTH}px;border:1px solid var(--line);'
          'border-radius:3px"')
_ABOUT = (
    'Each dot is an image, in the plane in which features of the class vary '
    'most; a number is a sub-category, at the mean of its images. The images '
    'shown are those nearest to the center; &ldquo;also&rdquo; names other '
    'classes that at least half of the images show.')


@dataclass
class SubCategoryEntry:
    """Sub-categories of a training, one entry of ``sub_categories``.

    Attributes:
        folder (str): Of files ``round_R.npz``, the last of which is shown.
        images (str): Path of an image, with ``{name}``.
        title (str): Above it.
        num (int): At most so many images of each sub-category.
    """
    folder: str
    images: str
    title: str = 'Sub-categories'
    num: int = 6


@REPORT_SECTIONS.register_module('sub_categories')
class SubCategorySection(Section):
    """Sub-categories that a training clustered, with images of each."""
    title = 'Sub-categories'
    order = 40

    def check(self, where: str, stages: Sequence[str]) -> None:
        """Check all entries."""
        if not isinstance(self.entry, (list, tuple)):
            raise UserError(f'{where} = {self.entry!r}; write a list')
        for entry in self.entry:
            check_arguments(where, entry, SubCategoryEntry)

    def html(self, page: ReportPage) -> str:
        """The last round of each entry; missing files are told on top."""
        content, missing = '', []
        for entry in self.entry or ():
            shown = SubCategoryEntry(**entry)
            try:
                found = SubCategories.load(last_round(Path(shown.folder)))
            except UserError as error:
                missing.append(str(error))
                continue
            content += (f'<h3>{escape(shown.title)}, round {found.round}</h3>'
                        + round_html(found, shown.images, shown.num, missing))
        if missing:
            page.warn(f'{len(missing)} files of sub-categories are missing.',
                      missing)
        return content


def last_round(folder: Path) -> Path:
    """The file of the latest round in a folder of ``round_R.npz``.

    Raises:
        UserError: If there is none.
    """
    found = {int(path.stem.removeprefix('round_')): path
             for path in Path(folder).glob('round_*.npz')
             if path.stem.removeprefix('round_').isdigit()}
    if not found:
        raise UserError(f'{folder}: no round_R.npz of sub-categories; train '
                        'with wsss_plugins.SubCategoryClusteringHook first')
    return found[max(found)]


def round_html(found: SubCategories, images: str, num: int,
               missing: list[str]) -> str:
    """Table, planes and image grids of a round.

    Args:
        found (SubCategories): The round.
        images (str): Path of an image with ``{name}``.
        num (int): At most so many images of each sub-category.
        missing (list[str]): Gets files that are not there.
    """
    parts = [_sizes(found), soft(_ABOUT)]
    for c in np.flatnonzero(found.counts).tolist():
        parts.append(
            folded(
                escape(found.classes[c]),
                f'<div {_FLEX}>{plane_chart(found, c)}<div>'
                f'{_image_rows(found, c, images, num, missing)}</div></div>',
                opened=len(parts) == 2))
    return ''.join(parts)


def _color(cluster: int) -> str:
    """Clusters of close numbers differ most: hues by the golden angle."""
    return f'hsl({(215 + 137.5 * cluster) % 360:.0f} 62% 50%)'


def _sizes(found: SubCategories) -> str:
    rows = []
    for c, name in enumerate(found.classes):
        own = found.table[:, c]
        sizes = np.bincount(own[own >= 0], minlength=found.counts[c])
        agreement = float(found.agreement[c])
        rows.append([str(name), int(sizes.sum()),
                     ' '.join(map(str, sizes.tolist())),
                     None if np.isnan(agreement) else agreement])
    return table(['class', 'images', 'sizes of sub-categories',
                  'agreement with the round before (NMI)'], rows)


def plane_chart(found: SubCategories, label: int) -> str:
    """A class's images in its plane, as SVG.

    Args:
        found (SubCategories): The round.
        label (int): Foreground index of the class.
    """
    rows = np.flatnonzero(found.table[:, label] >= 0)
    points = found.plane[rows, label].astype(np.float64)
    low, high = points.min(axis=0), points.max(axis=0)
    span = np.where(high > low, high - low, 1.)
    share = np.where(high > low, (points - low) / span, .5)
    box = np.array([_WIDTH, _HEIGHT]) - 2 * _MARGIN
    places = _MARGIN + share * box
    owner = found.table[rows, label]
    dots = ''.join(
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill-opacity=".75" '
        f'style="fill:{_color(k)}"/>'
        for (x, y), k in zip(places, owner.tolist()))
    marks = ''
    for k in range(found.counts[label]):
        x, y = places[owner == k].mean(axis=0)
        marks += (f'<text x="{x:.1f}" y="{y + 4:.1f}" text-anchor="middle" '
                  'style="font-weight:700;fill:var(--ink);paint-order:stroke;'
                  f'stroke:var(--back);stroke-width:3px">{k}</text>')
    name = escape(f'{found.classes[label]}: sub-categories')
    return (f'<svg role="img" aria-label="{name}" viewBox="0 0 {_WIDTH} '
            f'{_HEIGHT}" {_PLANE}>{dots}{marks}</svg>')


def _image_rows(found: SubCategories, label: int, images: str, num: int,
           missing: list[str]) -> str:
    """A row of images for each sub-category."""
    rows = []
    for k in range(found.counts[label]):
        members = found.members(label, k)
        cells = ''.join(
            _thumbnail(images, str(found.names[row]), missing)
            for row in members[:num])
        rows.append(f'<div style="border-left:4px solid {_color(k)};'
                    'padding-left:.5rem;margin-bottom:.4rem"><small>'
                    f'{k}: {len(members)} images'
                    f'{_company(found, label, members)}</small>'
                    f'<div style="display:flex;gap:.25rem">{cells}</div>'
                    '</div>')
    return ''.join(rows)


def _company(found: SubCategories, label: int, members: np.ndarray) -> str:
    """Other classes that most of the images show, with their shares."""
    shares = (found.table[members] >= 0).mean(axis=0)
    shares[label] = 0
    often = np.flatnonzero(shares >= _OFTEN)
    if not len(often):
        return ''
    return ', also ' + ', '.join(
        f'{escape(found.classes[c])} ({100 * shares[c]:.0f} %)'
        for c in often[np.argsort(-shares[often], kind='stable')])


def _thumbnail(images: str, name: str, missing: list[str]) -> str:
    """A small inline image, cut to a square."""
    text = escape(name)
    try:
        image = read_image(images.replace('{name}', name), 2 * _SIDE)
    except UserError as error:
        missing.append(str(error))
        return f'<small class="alarm">{text}</small>'
    side = min(image.shape[:2])
    top, left = ((length - side) // 2 for length in image.shape[:2])
    image = fit(image[top:top + side, left:left + side], _SIDE)
    return inline_image(
        image, name, _QUALITY, subsampling=2,
        attributes=f' title="{text}" style="max-width:16vw;height:auto"')
