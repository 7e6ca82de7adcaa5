"""Losses of the trainings."""
import json
import math
from pathlib import Path

from ...registry import REPORT_SECTIONS
from ..charts import Curve, line_chart
from ..page import ReportPage
from .base import Section

# Beyond this, no chart shows anything.
_LARGEST = 1e30


@REPORT_SECTIONS.register_module('training')
class TrainingSection(Section):
    """Losses of each training by iteration."""
    title = 'Training'
    order = 70

    def html(self, page: ReportPage) -> str:
        """A chart for each stage that trains."""
        charts = []
        for result in page.results:
            if result.stage.kind != 'train':
                continue
            curves = [
                Curve(key, list(points), list(points.values()))
                for key, points in read_losses(result.stage.folder).items()
            ]
            charts.append(line_chart(result.name, curves, 'iteration',
                                     'loss'))
        if not any(charts):
            return ''
        return f'<div class="charts">{"".join(charts)}</div>'


def read_losses(folder: Path) -> dict[str, dict[int, float]]:
    """Losses of a training by iteration; of resumed runs the last counts.

    Args:
        folder (Path): Work dir of the training; mmengine's
            ``TIME/vis_data/scalars.json`` are read in order of time. A line
            that is no record, as a killed run can leave, is passed over.

    Returns:
        dict: ``{name: {iteration: value}}`` of all entries named ``*loss*``,
        the total ``loss`` first.
    """
    losses: dict[str, dict[int, float]] = {}
    for path in sorted(folder.glob('*/vis_data/scalars.json')):
        text = path.read_text(encoding='utf-8', errors='replace')
        for entry in map(_record, text.splitlines()):
            step = entry.get('step', entry.get('iter'))
            for key, value in entry.items():
                if 'loss' in key and _is_number(value) and _is_number(step):
                    losses.setdefault(key, {})[int(step)] = float(value)
    return {
        key: dict(sorted(losses[key].items()))
        for key in sorted(losses, key=lambda k: (k != 'loss', k))
    }


def _record(line: str) -> dict:
    """A line of a log; empty if it is none."""
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return record if isinstance(record, dict) else {}


def _is_number(value: object) -> bool:
    return (isinstance(value, (int, float)) and not isinstance(value, bool)
            and math.isfinite(value) and abs(value) < _LARGEST)
