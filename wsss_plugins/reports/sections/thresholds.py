"""How masks depend on the background threshold."""
from ...registry import REPORT_SECTIONS
from ..charts import Curve, line_chart
from ..elements import soft
from ..page import ReportPage
from ..results.sweep import SweepResult
from ..tables import percent, table
from .base import Section

_ABOUT = (
    'A pixel is foreground where the best CAM exceeds the threshold. '
    'Precision and recall are means over the foreground classes; a dot marks '
    'the best mIoU. The last chart has no threshold: of two CAMs that cover '
    'the same share of the objects, the higher is cleaner.')
_Swept = list[tuple[str, SweepResult]]


@REPORT_SECTIONS.register_module('thresholds')
class ThresholdSection(Section):
    """mIoU, precision and recall against the background threshold."""
    title = 'Background threshold'
    order = 50

    def html(self, page: ReportPage) -> str:
        """Curves of all stages that were swept, and their best."""
        swept = list(page.of(SweepResult))
        charts = [
            line_chart(title, _curves(swept, key), 'background threshold',
                       f'{title}, %')
            for key, title in (('miou', 'mIoU'), ('precision', 'Precision'),
                               ('recall', 'Recall'))
        ]
        charts.append(
            line_chart('Precision by coverage', _coverage(swept),
                       'recall, %', 'precision, %'))
        if not any(charts):
            return ''
        rows = [[stage, sweep.best_threshold, percent(sweep.best_miou)]
                for stage, sweep in swept]
        return (soft(_ABOUT) + f'<div class="charts">{"".join(charts)}</div>'
                + table(['stage', 'best threshold', 'mIoU there, %'], rows))


def _curves(swept: _Swept, key: str) -> list[Curve]:
    """A score of each stage by threshold; the best mIoU has a mark."""
    curves = []
    for stage, sweep in swept:
        best = sweep.best_threshold, percent(sweep.best_miou)
        if key in sweep.curves:
            curves.append(
                Curve(stage, sweep.thresholds, _percents(sweep, key),
                      best if key == 'miou' else None))
    return curves


def _coverage(swept: _Swept) -> list[Curve]:
    """Precision by recall of each stage."""
    return [
        Curve(stage, _percents(sweep, 'recall'), _percents(
            sweep, 'precision')) for stage, sweep in swept
        if {'recall', 'precision'} <= set(sweep.curves)
    ]


def _percents(sweep: SweepResult, key: str) -> list[float]:
    return [percent(value) or 0. for value in sweep.curves[key]]
