"""Scores of each class."""
from ...registry import REPORT_SECTIONS
from ..elements import folded
from ..page import ReportPage
from ..results.base import ClassScores
from ..tables import mean_row, percent, table
from .base import Section


@REPORT_SECTIONS.register_module('classes')
class ClassSection(Section):
    """IoU, precision and recall by class, a column for each result."""
    title = 'Classes'
    order = 60

    def html(self, page: ReportPage) -> str:
        """IoU, and the others to unfold."""
        tables: dict[str, ClassScores] = {}
        for stage in page.results:
            found = {}
            for result in stage.results:
                found |= result.class_tables(stage.name,
                                             len(stage.results) == 1)
            tables.update(sorted(found.items()))
        content = ''
        for key, title in (('iou', 'IoU, %'), ('precision', 'Precision, %'),
                           ('recall', 'Recall, %')):
            rows = _rows(tables, key)
            if all(v is None for row in rows for v in row[1:]):
                continue
            part = table(['class', *tables], rows)
            content += (f'<h3>{title}</h3>{part}' if key == 'iou' else
                        folded(title, part))
        return content


def _rows(tables: dict[str, ClassScores], key: str) -> list[list]:
    """A row for each class that any stage names, and their mean."""
    names = dict.fromkeys(name for scores in tables.values()
                          for name in scores)
    rows = [[name, *(scores.get(name, {}).get(key)
                     for scores in tables.values())] for name in names]
    return [[row[0], *map(percent, row[1:])]
            for row in (*rows, mean_row(rows))]
