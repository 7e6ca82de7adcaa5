"""Localization cues of each class."""
from ...registry import REPORT_SECTIONS
from ..elements import soft
from ..page import ReportPage
from ..results.cues import CueResult
from ..tables import mean_row, percent, table
from .base import Section

_ABOUT = (
    'Precision: share of the cues of a class that lie on it in the ground '
    'truth. Recall: share of the grid locations of a class that have its '
    'cue. Locations that the ground truth ignores (255) do not count.')


@REPORT_SECTIONS.register_module('cues')
class CueSection(Section):
    """Precision and recall of localization cues by class."""
    title = 'Cues'
    order = 55

    def html(self, page: ReportPage) -> str:
        """A table for each stage that evaluates cues."""
        tables = {stage: _table(result)
                  for stage, result in page.of(CueResult)}
        content = ''.join(f'<h3>{stage}</h3>' * (len(tables) > 1) + part
                          for stage, part in tables.items())
        return soft(_ABOUT) + content if content else ''


def _table(result: CueResult) -> str:
    rows = [[name, scores.get('precision'), scores.get('recall')]
            for name, scores in result.per_class.items()]
    return table(['class', 'precision, %', 'recall, %'],
                 [[row[0], *map(percent, row[1:])]
                  for row in (*rows, mean_row(rows))])
