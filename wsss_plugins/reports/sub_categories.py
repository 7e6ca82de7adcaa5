"""Sub-categories for people: sizes, a plane of each class, its pictures."""
import base64
import html
import io
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from ..structures import SubCategories, UserError
from .charts import table
from .drawing.overlays import fit, read_picture

_SIDE = 112
_QUALITY = 80
_WIDTH, _HEIGHT, _MARGIN = 300, 240, 14
_OFTEN = .5  # share of a sub-category's images that is worth a word
_FLEX = ('style="display:flex;flex-wrap:wrap;gap:.3rem 1.2rem;'
         'align-items:flex-start;margin:.5rem 0 1.2rem"')
_PLANE = (f'style="width:{_WIDTH}px;border:1px solid var(--line);'
          'border-radius:3px"')


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


def sub_category_section(entries: Sequence[dict],
                         fill: Callable[[str], str]) -> tuple[str, str]:
    """HTML of all entries, and a note on what is missing.

    Args:
        entries (Sequence[dict]): ``folder`` with files ``round_R.npz``,
            ``images``, a path with ``{name}``, and optionally ``title`` and
            ``num``, pictures of each sub-category.
        fill (Callable): Replaces the other placeholders in texts.
    """
    content, missing = [], []
    for entry in entries:
        title = html.escape(entry.get('title', 'Sub-categories'))
        try:
            path = last_round(Path(fill(entry['folder'])))
            found = SubCategories.load(path)
        except UserError as error:
            missing.append(str(error))
            continue
        content.append(f'<h3>{title}, round {found.round}</h3>')
        content.append(
            round_html(found, fill(entry['images']), entry.get('num', 6),
                       missing))
    if not missing:
        return ''.join(content), ''
    lines = html.escape('\n'.join(missing))
    return ''.join(content), (
        f'<div class="alarm">{len(missing)} files of sub-categories are '
        f'missing.<details><summary>Which</summary><pre>{lines}</pre>'
        '</details></div>')


def round_html(found: SubCategories, images: str, num: int,
               missing: list[str]) -> str:
    """Table, planes and image grids of a round.

    Args:
        found (SubCategories): The round.
        images (str): Path of an image with ``{name}``.
        num (int): Pictures of each sub-category.
        missing (list[str]): Gets files that are not there.
    """
    parts = [_sizes(found),
             '<p class="soft">Each dot is an image, in the plane in which '
             'features of the class vary most; a number is a sub-category, '
             'at the mean of its images. Pictures are those nearest to the '
             'center; &ldquo;also&rdquo; names other classes that at least '
             'half of the images show.</p>']
    for c in np.flatnonzero(found.counts).tolist():
        first = ' open' if len(parts) == 2 else ''
        parts.append(
            f'<details{first}><summary>{html.escape(str(found.classes[c]))}'
            f'</summary><div {_FLEX}>{plane_chart(found, c)}<div>'
            f'{_sheet(found, c, images, num, missing)}</div></div></details>')
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
    name = html.escape(f'{found.classes[label]}: sub-categories', quote=True)
    return (f'<svg role="img" aria-label="{name}" viewBox="0 0 {_WIDTH} '
            f'{_HEIGHT}" {_PLANE}>{dots}{marks}</svg>')


def _sheet(found: SubCategories, label: int, images: str, num: int,
           missing: list[str]) -> str:
    """A row of pictures for each sub-category."""
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
        f'{html.escape(str(found.classes[c]))} ({100 * shares[c]:.0f} %)'
        for c in often[np.argsort(-shares[often], kind='stable')])


def _thumbnail(images: str, name: str, missing: list[str]) -> str:
    """A small inline picture, cut to a square."""
    path = Path(images.replace('{name}', name))
    text = html.escape(name, quote=True)
    try:
        picture = read_picture(path, 2 * _SIDE)
    except (OSError, SyntaxError) as error:
        missing.append(f'{path}: {error}')
        return f'<small class="alarm">{text}</small>'
    side = min(picture.shape[:2])
    top, left = ((length - side) // 2 for length in picture.shape[:2])
    picture = fit(picture[top:top + side, left:left + side], _SIDE)
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, 'JPEG', quality=_QUALITY)
    data = base64.b64encode(buffer.getvalue()).decode()
    return (f'<img src="data:image/jpeg;base64,{data}" alt="{text}" '
            f'title="{text}" width="{_SIDE}" height="{_SIDE}" '
            'style="max-width:16vw;height:auto">')
