"""The page at the end of a pipeline: pictures and numbers, in one file."""
import html
import platform
import time
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

import torch

from ..pipelines.checks import sample_groups
from ..pipelines.pipeline import Pipeline
from ..pipelines.runner import duration
from ..structures import BACKGROUND, ClassSpace, ImageLabels, atomic_path
from ..version import __version__
from .charts import DASH, Bar, Curve, line_chart, percent, table
from .results import (
    StageResult,
    collect_metrics,
    collect_results,
    pipeline_summary,
    seed_of,
)
from .samples import SampleGrid
from .style import STYLE
from .sub_categories import sub_category_section

__all__ = ['collect_metrics', 'pipeline_summary', 'write_report']

# Import names and the distributions that may provide them.
_DISTRIBUTIONS = dict(
    torch=('torch', ),
    numpy=('numpy', ),
    mmengine=('onedl-mmengine', 'mmengine'),
    mmcv=('onedl-mmcv', 'mmcv', 'mmcv-lite'),
    mmseg=('onedl-mmsegmentation', 'mmsegmentation'),
    mmdet=('onedl-mmdetection', 'mmdet'))


def write_report(pipeline: Pipeline) -> Path:
    """Write ``report.html`` into the work dir and return its path.

    The page needs no other file: style, pictures and curves are inside. What
    is not there yet is said so on top, and never left out silently.

    Args:
        pipeline (Pipeline): Whose stages left results in the work dir.
    """
    results = collect_results(pipeline)
    samples, missing = _samples(pipeline)
    sub_categories, note = sub_category_section(
        pipeline.cfg.get('report', {}).get('sub_categories', ()),
        pipeline.fill)
    missing += note
    sections = [
        ('Results', _results(pipeline, results)),
        ('Confusion ratios', _confusion(results)),
        ('Samples', samples),
        ('Sub-categories', sub_categories),
        ('Background threshold', _sweeps(results)),
        ('Classes', _by_class(results)),
        ('Training', _training(results)),
        ('Commands', _commands(results)),
        ('Provenance', _provenance(pipeline, results)),
    ]
    sections = [(title, body) for title, body in sections if body]
    path = pipeline.work_dir / 'report.html'
    with atomic_path(path) as temporary:
        temporary.write_text(
            _page(pipeline, results, missing, sections), encoding='utf-8')
    return path


def _page(pipeline: Pipeline, results: list[StageResult], missing: str,
          sections: list[tuple[str, str]]) -> str:
    title = html.escape(pipeline.cfg.title)
    links = ''.join(f'<a href="#{_anchor(name)}">{name}</a>'
                    for name, _ in sections)
    body = ''.join(f'<section><h2 id="{_anchor(name)}">{name}</h2>{content}'
                   '</section>' for name, content in sections)
    return ('<!doctype html><html lang="en"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width,'
            f'initial-scale=1"><title>{title}</title><style>{STYLE}</style>'
            f'</head><body><header><p class="over">Pipeline report</p>'
            f'<h1>{title}</h1>{_summary_line(results)}{missing}'
            f'<nav>{links}</nav></header><main>{body}</main></body></html>\n')


def _anchor(title: str) -> str:
    return title.lower().replace(' ', '-')


def _summary_line(results: list[StageResult]) -> str:
    done = [r for r in results if r.done]
    seconds = sum(r.done['seconds'] for r in done)
    when = time.strftime('%d %B %Y, %H:%M UTC', time.gmtime())
    text = (f'<p class="soft">{when} · {len(done)} of {len(results)} stages '
            f'done · {duration(seconds)} in all</p>')
    left = [r.name for r in results if not r.done]
    if left:
        text += (f'<p class="alarm">Not done yet: '
                 f'{html.escape(", ".join(left))}.</p>')
    return text


def _results(pipeline: Pipeline, results: list[StageResult]) -> str:
    metrics = {r.name: r.metrics for r in results}
    wanted = pipeline.cfg.get('report', {}).get('metrics')
    if not wanted:
        rows = [[stage, key, value] for stage, values in metrics.items()
                for key, value in values.items()]
        return table(['stage', 'metric', 'value'], rows) if rows else ''
    values, notes = [], []
    for row in wanted:
        found = metrics[row['stage']]
        value = found.get(row['metric'])
        if found and row['metric'] not in found:
            notes.append(f'Stage {row["stage"]} has no metric '
                         f'{row["metric"]}; it has {", ".join(found)}.')
        scaled = percent(value) if row.get('percent') else value
        values.append((row['title'], scaled))
    notes = ''.join(f'<p class="alarm">{html.escape(n)}</p>' for n in notes)
    return notes + _headline_table(values)


def _headline_table(values: list[tuple[str, float | None]]) -> str:
    """Values by title; titles ``A: B`` make a column A of a row B."""
    parted = [title.split(': ', 1) for title, _ in values]
    if not all(len(parts) == 2 for parts in parted):
        return table(['', 'value'], [[title, Bar(value, None)]
                                     for title, value in values], 'results')
    columns = list(dict.fromkeys(column for column, _ in parted))
    grid: dict[str, dict[str, float | None]] = {}
    for (column, row), (_, value) in zip(parted, values):
        grid.setdefault(row, {})[column] = value
    rows = [[row, *_bars([cells.get(c) for c in columns])]
            for row, cells in grid.items()]
    return table(['', *columns], rows, 'results')


def _bars(values: list[float | None]) -> list[Bar]:
    """Values of one row; bars if there is something to compare."""
    sizes = [abs(v) for v in values if v is not None]
    if len(sizes) < 2 or not max(sizes):
        return [Bar(v, None) for v in values]
    return [Bar(v, None if v is None else abs(v) / max(sizes))
            for v in values]


def _confusion(results: list[StageResult]) -> str:
    rows = [[
        r.name, f'{row["of"]} taken for {row["as"]}', row['ratio'],
        percent(row['iou'])
    ] for r in results if r.masks
        for row in r.masks.get('confusion_ratio', ())]
    if not rows:
        return ''
    return ('<p class="soft">Pixels of the first class that are predicted as '
            'the second, divided by the true positives of the second. Lower '
            'is better.</p>' + table(
                ['stage', 'pair', 'ratio', 'IoU of the second, %'], rows))


def _sweeps(results: list[StageResult]) -> str:
    swept = [r for r in results if r.sweep]
    charts = []
    for key, title in (('miou', 'mIoU'), ('precision', 'Precision'),
                       ('recall', 'Recall')):
        curves = []
        for r in swept:
            ys = [percent(v) or 0. for v in r.sweep.get(key, ())]
            if ys:
                best = r.sweep['best']
                mark = (best['threshold'], percent(best['miou']))
                curves.append(Curve(r.name, r.sweep['thresholds'], ys,
                                    mark if key == 'miou' else None))
        charts.append(line_chart(title, curves, 'background threshold',
                                 f'{title}, %'))
    charts.append(_coverage(swept))
    if not any(charts):
        return ''
    rows = [[r.name, r.sweep['best']['threshold'],
             percent(r.sweep['best']['miou'])] for r in swept]
    return ('<p class="soft">A pixel is foreground where the best class map '
            'exceeds the threshold. Precision and recall are means over the '
            'foreground classes; a dot marks the best mIoU. The last chart '
            'has no threshold: of two maps that cover the same share of the '
            'objects, the higher is cleaner.</p><div '
            f'class="charts">{"".join(charts)}</div>' + table(
                ['stage', 'best threshold', 'mIoU there, %'], rows))


def _coverage(swept: list[StageResult]) -> str:
    curves = []
    for r in swept:
        xs, ys = ([percent(v) or 0. for v in r.sweep.get(key, ())]
                  for key in ('recall', 'precision'))
        if xs and len(xs) == len(ys):
            curves.append(Curve(r.name, xs, ys))
    return line_chart('Precision by coverage', curves, 'recall, %',
                      'precision, %')


def _by_class(results: list[StageResult]) -> str:
    tables = {}
    for r in results:
        if r.sweep:
            tables[f'{r.name}, best threshold'] = r.sweep['best']['per_class']
        if r.masks:
            tables[f'{r.name}, masks' if r.sweep else r.name] = (
                r.masks['per_class'])
    if not tables:
        return ''
    content = []
    for key, title in (('iou', 'IoU, %'), ('precision', 'Precision, %'),
                       ('recall', 'Recall, %')):
        rows = _class_rows(tables, key)
        if any(v is not None for row in rows for v in row[1:]):
            part = table(['class', *tables], rows)
            content.append(f'<h3>{title}</h3>{part}' if key == 'iou' else
                           f'<details><summary>{title}</summary>{part}'
                           '</details>')
    return ''.join(content)


def _class_rows(tables: dict[str, dict], key: str) -> list[list]:
    """A row for each class that any stage names, and their mean."""
    names = list(dict.fromkeys(n for t in tables.values() for n in t))
    columns = [[t.get(n, {}).get(key) for n in names]
               for t in tables.values()]
    rows = [[name, *(percent(c[i]) for c in columns)]
            for i, name in enumerate(names)]
    means = []
    for column in columns:
        known = [v for v in column if v is not None]
        means.append(percent(sum(known) / len(known)) if known else None)
    return [*rows, ['mean', *means]]


def _samples(pipeline: Pipeline) -> tuple[str, str]:
    """Sample groups, and the note on what is missing."""
    report = pipeline.cfg.get('report', {})
    classes, note = _class_names(pipeline)
    grid = SampleGrid(classes)
    fill: Callable[[str], str] = pipeline.fill
    content = ''.join(grid.group(g, fill) for g in sample_groups(report))
    if grid.missing:
        files = '\n'.join(html.escape(m) for m in grid.missing)
        note += (f'<div class="alarm">{len(grid.missing)} of {grid.total} '
                 'pictures are missing.<details><summary>Which</summary>'
                 f'<pre>{files}</pre></details></div>')
    return content, note


def _class_names(pipeline: Pipeline) -> tuple[tuple[str, ...], str]:
    """Dataset classes, and a note if they cannot be told.

    Named in the file, or those of the image labels.
    """
    if 'classes' in pipeline.cfg:
        names = tuple(pipeline.cfg.classes)
        if BACKGROUND in names:
            return names, ''
        return ClassSpace.from_foreground(names).names, ''
    path = pipeline.cfg.get('report', {}).get('labels')
    if not path:
        return (), ''
    path = Path(pipeline.fill(path))
    if not path.is_file():
        return (), (f'<p class="alarm">{html.escape(str(path))} is missing, '
                    'so classes are shown by number.</p>')
    labels = ImageLabels.load(path)
    return ClassSpace.from_foreground(labels.classes).names, ''


def _training(results: list[StageResult]) -> str:
    charts = [
        line_chart(r.name, [
            Curve(key, list(points), list(points.values()))
            for key, points in r.losses.items()
        ], 'iteration', 'loss') for r in results if r.losses
    ]
    return f'<div class="charts">{"".join(charts)}</div>' if charts else ''


def _commands(results: list[StageResult]) -> str:
    parts = []
    for i, r in enumerate(results, 1):
        text = html.escape(r.done.get('command', 'not run yet'))
        took = duration(r.done['seconds']) if r.done else DASH
        parts.append(f'<h3>{i}. {html.escape(r.name)} <span class="soft">'
                     f'{took}</span></h3><pre>{text}</pre>')
    return ('<p class="soft">Run from the project\'s folder, in this order.'
            f'</p><details><summary>{len(results)} commands</summary>'
            f'{"".join(parts)}</details>' + table(['stage', 'kind', 'time'], [[
                r.name, r.stage.kind,
                duration(r.done['seconds']) if r.done else DASH
            ] for r in results]))


def _provenance(pipeline: Pipeline, results: list[StageResult]) -> str:
    rows = [[
        r.name, r.stage.program,
        r.done.get('fingerprint', DASH),
        seed_of(pipeline, r.stage)
    ] for r in results]
    versions = [['wsss_plugins', __version__],
                ['Python', platform.python_version()]]
    versions += [[name, _version(names)]
                 for name, names in _DISTRIBUTIONS.items()]
    device = 'CPU'
    if torch.cuda.is_available():
        device = torch.cuda.get_device_name()
    versions += [['device', device], ['system', platform.platform()]]
    return table(['stage', 'program', 'fingerprint', 'seed'],
                 rows) + table(['software', 'version'], versions)


def _version(names: tuple[str, ...]) -> str:
    for name in names:
        try:
            return f'{metadata.version(name)} ({name})'
        except metadata.PackageNotFoundError:
            continue
    return 'not installed'
