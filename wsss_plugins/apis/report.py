"""The page at the end of a pipeline: pictures and numbers, in one file."""
import html
import json
from pathlib import Path

import mmengine
import torch

from ..structures import ImageLabels, UserError, atomic_path
from ..version import __version__
from .pipeline import Pipeline
from .pipeline_runner import DONE
from .report_parts import line_chart, table
from .report_samples import SampleGrid

_STYLE = '''
:root{color-scheme:light dark;--ink:#1b1f24;--soft:#667;--line:#dde1e6;
--back:#fdfdfc;--card:#fff}
@media(prefers-color-scheme:dark){:root{--ink:#e6e8ea;--soft:#9aa3ad;
--line:#333a42;--back:#14171a;--card:#1b1f23}}
*{box-sizing:border-box}body{margin:0 auto;max-width:1200px;padding:2rem 1rem;
font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--back)}
h1{font-size:1.9rem;margin:0}h2{margin:2.5rem 0 .6rem;font-size:1.25rem;
border-bottom:1px solid var(--line);padding-bottom:.3rem}
h3{margin:1.4rem 0 .4rem;font-size:1rem}.soft,small{color:var(--soft)}
.wide{overflow-x:auto}table{border-collapse:collapse;background:var(--card)}
th,td{padding:.35rem .7rem;border-bottom:1px solid var(--line);text-align:left;
vertical-align:top}th{font-weight:600;white-space:nowrap}
.num{text-align:right;font-variant-numeric:tabular-nums}
.samples td{padding:.3rem}.samples img{display:block;width:170px;height:auto;
border-radius:4px}.cams{display:flex;gap:.3rem}small{display:block;
font-size:.78rem;max-width:170px}.missing{color:#c0392b}
figure{margin:0;max-width:720px}svg{width:100%;height:auto}
svg text{font:11px system-ui,sans-serif;fill:var(--soft)}
.grid{stroke:var(--line);stroke-width:1}
.legend span{margin-right:1rem;white-space:nowrap}
.legend i{display:inline-block;
width:.8em;height:.8em;border-radius:2px;margin-right:.35em}
pre{white-space:pre-wrap;overflow-wrap:anywhere;background:var(--card);
border:1px solid var(--line);border-radius:4px;padding:.6rem;font-size:.8rem}
'''


def collect_metrics(pipeline: Pipeline) -> dict[str, dict[str, float]]:
    """Metrics of all stages that have some, by stage."""
    metrics = {}
    for stage in pipeline.stages:
        path = stage.folder / 'metrics.json'
        if path.is_file():
            metrics[stage.name] = json.loads(path.read_text())
    return metrics


def write_report(pipeline: Pipeline) -> Path:
    """Write ``report.html`` into the work dir and return its path."""
    sections = [
        ('Results', _results(pipeline)),
        ('Confusion ratios', _confusion(pipeline)),
        ('Samples', _samples(pipeline)),
        ('Background threshold', _sweeps(pipeline)),
        ('By class', _by_class(pipeline)),
        ('Training', _training(pipeline)),
        ('How it was made', _provenance(pipeline)),
    ]
    body = ''.join(f'<h2>{title}</h2>{content}' for title, content in sections
                   if content)
    title = html.escape(pipeline.cfg.title)
    path = pipeline.work_dir / 'report.html'
    with atomic_path(path) as temporary:
        temporary.write_text(
            '<!doctype html><html lang="en"><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width">'
            f'<title>{title}</title><style>{_STYLE}</style><h1>{title}</h1>'
            f'{body}</html>',
            encoding='utf-8')
    return path


def _results(pipeline: Pipeline) -> str:
    metrics = collect_metrics(pipeline)
    wanted = pipeline.cfg.get('report', {}).get('metrics')
    if wanted:
        rows = [[
            row['title'],
            metrics.get(row['stage'], {}).get(row['metric'])
        ] for row in wanted]
        return table(['what', 'value'], rows)
    rows = [[stage, key, value] for stage, values in metrics.items()
            for key, value in values.items()]
    return table(['stage', 'metric', 'value'], rows) if rows else ''


def _files_of_kind(pipeline: Pipeline, kind: str) -> dict[str, dict]:
    """Result files of a kind, by the stage that wrote them."""
    found = {}
    for stage in pipeline.stages:
        for path in sorted(stage.folder.glob('*.json')):
            data = json.loads(path.read_text())
            if isinstance(data, dict) and data.get('kind') == kind:
                found[stage.name] = data
    return found


def _confusion(pipeline: Pipeline) -> str:
    rows = [[stage, f'{row["of"]} taken for {row["as"]}', row['ratio'],
             row['iou']]
            for stage, data in _files_of_kind(pipeline, 'masks').items()
            for row in data['confusion_ratio']]
    if not rows:
        return ''
    return ('<p class="soft">Pixels of the first class predicted as the '
            'second, in units of its true positives: lower is better.</p>' +
            table(['stage', 'pair', 'ratio', 'IoU'], rows))


def _sweeps(pipeline: Pipeline) -> str:
    curves = {
        stage: (data['thresholds'], data['miou'])
        for stage, data in _files_of_kind(pipeline, 'sweep').items()
    }
    return line_chart(curves, 'background threshold', 'pseudo-mask mIoU')


def _by_class(pipeline: Pipeline) -> str:
    tables = {
        stage: data['best']['per_class']
        for stage, data in _files_of_kind(pipeline, 'sweep').items()
    }
    tables.update({
        stage: data['per_class']
        for stage, data in _files_of_kind(pipeline, 'masks').items()
    })
    if not tables:
        return ''
    names = list(next(iter(tables.values())))
    rows = [[name, *(t.get(name, {}).get('iou') for t in tables.values())]
            for name in names]
    return ('<p class="soft">IoU; sweeps at their best threshold.</p>' +
            table(['class', *tables], rows))


def _samples(pipeline: Pipeline) -> str:
    groups = pipeline.cfg.get('report', {}).get('samples', [])
    grid = SampleGrid(_class_names(pipeline))
    content = ''.join(grid.group(group, pipeline.fill) for group in groups)
    if grid.missing:
        content = (f'<p class="missing">{len(grid.missing)} pictures are '
                   f'missing, the first: {html.escape(grid.missing[0])}</p>' +
                   content)
    return content + (grid.legend() if grid.seen else '')


def _class_names(pipeline: Pipeline) -> tuple[str, ...]:
    """Dataset classes: named in the file, or those of the image labels."""
    if 'classes' in pipeline.cfg:
        return tuple(pipeline.cfg.classes)
    path = pipeline.cfg.get('report', {}).get('labels')
    if not path:
        return ()
    return ('background', *ImageLabels.load(pipeline.fill(path)).classes)


def _training(pipeline: Pipeline) -> str:
    curves = {}
    for stage in pipeline.stages:
        losses = _losses(stage.folder)
        if losses:
            curves[stage.name] = tuple(zip(*sorted(losses.items())))
    return line_chart(curves, 'iteration', 'loss')


def _losses(folder: Path) -> dict[int, float]:
    """Total loss by iteration; of resumed runs the later one counts."""
    losses = {}
    for path in sorted(folder.glob('*/vis_data/scalars.json')):
        for line in path.read_text().splitlines():
            try:
                entry = json.loads(line)
            except json.JSONDecodeError:
                continue  # a killed run can leave half a line
            if 'loss' in entry and 'step' in entry:
                losses[entry['step']] = entry['loss']
    return losses


def _provenance(pipeline: Pipeline) -> str:
    lines, rows = [], []
    for stage in pipeline.stages:
        path = stage.folder / DONE
        if not path.is_file():
            continue
        done = json.loads(path.read_text())
        lines.append(done['command'])
        rows.append([stage.name, stage.program, done['seconds']])
    if not rows:
        raise UserError(f'{pipeline.work_dir}: no stage is done; nothing to '
                        'report')
    versions = (f'wsss_plugins {__version__}, torch {torch.__version__}, '
                f'mmengine {mmengine.__version__}')
    commands = html.escape('\n'.join(lines))
    return (table(['stage', 'program', 'seconds'], rows) +
            f'<pre>{commands}</pre><p class="soft">{versions}</p>')
