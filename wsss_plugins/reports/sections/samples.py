"""Samples: images, one row a sample, one column a stage."""
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ...pipelines.arguments import check_arguments, registered
from ...registry import REPORT_COLUMNS, REPORT_SECTIONS
from ...structures import UserError, read_image_list
from ...structures.coco_json import coco_head, iter_annotations
from ...structures.failures import READ_FAILURES, reason
from ..columns.base import Column, Panel, Sample
from ..elements import alarm, chip, escape, inline_image
from ..page import ReportPage
from .base import Section

_SIDE = 256
_SMALLEST_SIDE = 64
# Cells of full size; a page of more gets smaller images, or no browser opens
# it.
_FULL_SIZE_CELLS = 320


@dataclass
class SampleGroup:
    """Samples of one list, one entry of ``samples``.

    Attributes:
        names (str | list | tuple): Names; a file with one in each line; or a
            COCO json, whose images with annotations are meant.
        columns (list | tuple): Each with ``kind``, the registered name of a
            column, and that column's arguments.
        title (str): Above the grid.
        num (int): At most so many samples, evenly over the list.
    """
    names: str | list | tuple
    columns: list | tuple
    title: str = 'Samples'
    num: int = 12


@REPORT_SECTIONS.register_module('samples')
class SampleSection(Section):
    """Image grids: what each stage made of some samples.

    The entry is a list of :class:`SampleGroup`, or a single one.
    """
    title = 'Samples'
    order = 30

    def check(self, where: str, stages: Sequence[str]) -> None:
        """Check all groups and their columns."""
        if not isinstance(self.entry, (list, tuple, dict)):
            raise UserError(f'{where} = {self.entry!r}; write a list')
        for group in self._groups():
            check_arguments(where, group, SampleGroup)
            _check_columns(where, group['columns'])

    def html(self, page: ReportPage) -> str:
        """The grids; missing files are counted on top of the page."""
        grids = [SampleGrid(SampleGroup(**group))
                 for group in self._groups()]
        cells = sum(grid.num_cells for grid in grids)
        shrink = min(1., (_FULL_SIZE_CELLS / max(1, cells))**.5)
        side = max(_SMALLEST_SIDE, round(_SIDE * shrink))
        content = ''.join(grid.html(page.classes, side) for grid in grids)
        missing = [line for grid in grids for line in grid.missing]
        if missing:
            page.warn(f'{len(missing)} of {cells} images are missing.',
                      missing)
        return content

    def _groups(self) -> list[dict]:
        if isinstance(self.entry, dict):
            return [self.entry]
        return list(self.entry or ())


def _check_columns(where: str, columns: Sequence[dict]) -> None:
    image_given = False
    for entry in columns:
        if not isinstance(entry, dict):
            raise UserError(f'{where}: a column is {entry!r}; write a dict')
        here = f'{where}: column {entry.get("title")!r}'
        kind = registered(REPORT_COLUMNS, entry.get('kind'), here)
        kind.check(here, _without_kind(entry))
        if kind.needs_image and not image_given:
            raise UserError(f'{here} is drawn over the image; put a column '
                            'of kind image before it')
        image_given |= kind.gives_image


def _without_kind(entry: dict) -> dict:
    return {key: value for key, value in entry.items() if key != 'kind'}


class SampleGrid:
    """The image grid of a group.

    Attributes:
        columns (list[Column]): Its columns.
        names (list[str]): Its samples.
        missing (list[str]): Files that were not there, or not readable.
        num_cells (int): How many cells there should be.

    Args:
        group (SampleGroup): The group, placeholders filled in.
    """

    def __init__(self, group: SampleGroup) -> None:
        self.group = group
        self.columns: list[Column] = [
            registered(REPORT_COLUMNS, entry['kind'], group.title)(
                **_without_kind(entry)) for entry in group.columns
        ]
        self.missing: list[str] = []
        source, names = None, group.names
        if isinstance(names, str):
            source = Path(names)
            names = self._read(source)
        self.names = spread(names, group.num)
        self.num_cells = len(self.names) * len(self.columns) + len(
            self.missing)
        for column in self.columns:
            column.begin(self.names, source)

    def _read(self, path: Path) -> list[str]:
        """Names in a file; none if it is missing, which is noted."""
        try:
            if not path.is_file():
                raise UserError(f'{path}: not found')
            if path.suffix == '.json':
                return image_names(path)
            return read_image_list(path)
        except UserError as error:
            self.missing.append(str(error))
            return []

    def html(self, classes: tuple[str, ...] = (), side: int = _SIDE) -> str:
        """The grid below its title and legend.

        Args:
            classes (tuple[str]): Class names of the data set.
            side (int): Longer side of the images, in pixels.
        """
        title = f'<h3>{escape(self.group.title)}</h3>'
        if not self.names:
            return title + alarm(f'No names in {self.group.names}.')
        seen: set = set()
        rows = ''.join(
            f'<div class="row">{self._row(Sample(name, classes, side), seen)}'
            '</div>' for name in self.names)
        titles = ''.join(f'<div>{escape(c.title)}</div>'
                         for c in self.columns)
        return (f'{title}{self._legend(seen)}<div class="samples" '
                f'style="--columns:{len(self.columns)}">'
                f'<div class="row titles">{titles}</div>{rows}</div>')

    def _row(self, sample: Sample, seen: set) -> str:
        """One sample; adds to ``seen`` what the legend must explain."""
        cells = []
        for column in self.columns:
            panels = self._panels(column, sample)
            if column.shares_colors:
                seen.update(c for panel in panels for c in panel.chips)
            content = ''.join(
                _panel(panel, sample.name, column.title)
                for panel in panels) or _gone(column.file(sample))
            cells.append(f'<div class="cell"><b>{escape(column.title)}</b>'
                         f'{content}</div>')
        return ''.join(cells)

    def _panels(self, column: Column, sample: Sample) -> list[Panel]:
        """Images of a cell; none if its file is missing or damaged."""
        try:
            return column.panels(sample)
        except UserError as error:
            self.missing.append(str(error))
        except READ_FAILURES as error:
            # Hours of training come before: no file costs the page.
            self.missing.append(f'{column.file(sample)}: cannot be drawn '
                                f'({reason(error)})')
        return []

    def _legend(self, seen: set) -> str:
        parts = [chip(*item) for item in sorted(seen)]
        parts += dict.fromkeys(c.legend() for c in self.columns)
        content = ''.join(parts)
        return f'<p class="legend">{content}</p>' if content else ''


def _panel(panel: Panel, name: str, title: str) -> str:
    caption = '' if panel.chips else panel.caption
    alt = f'{name}: {title}'
    if caption not in ('', name):
        alt += f', {caption}'
    below = ''.join(chip(*c) for c in panel.chips) or escape(caption)
    return f'{inline_image(panel.image, alt)}<p>{below}</p>'


def _gone(path: Path) -> str:
    word = 'damaged' if path.is_file() else 'missing'
    return f'<p class="gone">{word}</p>'


def spread(names: Sequence[str], count: int) -> list[str]:
    """``count`` names evenly over a list, the same ones on every run."""
    count = min(count, len(names))
    return [names[i * len(names) // count] for i in range(count)]


def image_names(path: str | Path) -> list[str]:
    """File names of the images of a COCO json that have annotations.

    Raises:
        UserError: If the file is missing or damaged.
    """
    used = {a['image_id'] for a in iter_annotations(path)}
    return [str(image.get('file_name', image['id']))
            for image in coco_head(path)['images'] if image['id'] in used]
