"""The commands that ran."""
from ...pipelines.durations import duration
from ...registry import REPORT_SECTIONS
from ..collect import StageResult
from ..elements import escape, folded, soft
from ..page import ReportPage
from ..tables import DASH, table
from .base import Section


@REPORT_SECTIONS.register_module('commands')
class CommandSection(Section):
    """Command and time of each stage."""
    title = 'Commands'
    order = 80

    def html(self, page: ReportPage) -> str:
        """All commands to unfold, and a table of times."""
        parts = [
            f'<h3>{i}. {escape(r.name)} <span class="soft">{_took(r)}</span>'
            f'</h3><pre>{escape(r.done.get("command", "not run yet"))}</pre>'
            for i, r in enumerate(page.results, 1)
        ]
        times = [[r.name, r.stage.kind, _took(r)] for r in page.results]
        return (soft('In this order, from the folder that the pipeline was '
                     'started in.')
                + folded(f'{len(parts)} commands', ''.join(parts))
                + table(['stage', 'kind', 'time'], times))


def _took(result: StageResult) -> str:
    return duration(result.seconds) if result.done else DASH
