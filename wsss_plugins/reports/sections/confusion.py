"""Which classes are taken for which."""
from ...registry import REPORT_SECTIONS
from ..elements import soft
from ..page import ReportPage
from ..results.masks import MaskResult
from ..tables import percent, table
from .base import Section


@REPORT_SECTIONS.register_module('confusion')
class ConfusionSection(Section):
    """Ratios of confusion of the pairs that mask metrics were asked for."""
    title = 'Confusion ratios'
    order = 20

    def html(self, page: ReportPage) -> str:
        """A row for each stage and pair."""
        rows = [[
            stage, f'{row.of} taken for {row.taken}', row.ratio,
            percent(row.iou)
        ] for stage, masks in page.of(MaskResult) for row in masks.confusions]
        if not rows:
            return ''
        return soft('Pixels of the first class that are predicted as the '
                    'second, divided by the true positives of the second. '
                    'Lower is better.') + table(
                        ['stage', 'pair', 'ratio', 'IoU of the second, %'],
                        rows)
