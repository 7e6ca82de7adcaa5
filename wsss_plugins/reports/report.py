"""The page at the end of a pipeline: images and numbers, in one file."""
import time
from pathlib import Path

from ..pipelines.durations import duration
from ..pipelines.pipeline import Pipeline
from ..registry import REPORT_SECTIONS
from ..structures.atomic import atomic_path
from ..structures.errors import UserError
from ..structures.failures import READ_FAILURES, reason
from .collect import pipeline_summary
from .elements import alarm, escape
from .page import ReportPage
from .sections.base import Section
from .style import STYLE

__all__ = ['pipeline_summary', 'write_report']


def write_report(pipeline: Pipeline, path: Path | None = None) -> Path:
    """Write ``report.html`` into the work dir and return its path.

    The page needs no other file: style, images and curves are inside. What
    is not there yet is said so on top, and never left out silently.

    Args:
        pipeline (Pipeline): Whose stages left results in the work dir.
        path (Path, optional): Where to write it instead.

    """
    page = ReportPage(pipeline)
    shown = [(section.title, _content(section, page))
             for section in _sections(pipeline)]
    text = _page(page, [(title, body) for title, body in shown if body])
    path = path or pipeline.work_dir / 'report.html'
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding='utf-8', errors='replace')
    return path


def _sections(pipeline: Pipeline) -> list[Section]:
    """All registered sections in order, with their entries."""
    REPORT_SECTIONS.import_from_location()
    entries = pipeline.fill(pipeline.cfg.get('report', {}))
    kept = [
        built(entries.get(name))
        for name, built in REPORT_SECTIONS.module_dict.items()
        if entries.get(name) is not False
    ]
    return sorted(kept, key=lambda s: (s.order, s.title))


def _content(section: Section, page: ReportPage) -> str:
    """A section; a mistake in its files costs its place, not the page."""
    try:
        return section.html(page)
    except UserError as error:
        text = str(error)
    except READ_FAILURES as error:
        text = f'{section.title} cannot be shown ({reason(error)}).'
    page.warn(text)
    return alarm(text)


def _page(page: ReportPage, sections: list[tuple[str, str]]) -> str:
    title = escape(page.pipeline.cfg.title)
    links = ''.join(f'<a href="#{_anchor(name)}">{escape(name)}</a>'
                    for name, _ in sections)
    body = ''.join(f'<section><h2 id="{_anchor(name)}">{escape(name)}</h2>'
                   f'{content}</section>' for name, content in sections)
    return ('<!doctype html><html lang="en"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width,'
            f'initial-scale=1"><title>{title}</title><style>{STYLE}</style>'
            f'</head><body><header><p class="over">Pipeline report</p>'
            f'<h1>{title}</h1>{_summary_line(page)}{"".join(page.warnings)}'
            f'<nav>{links}</nav></header><main>{body}</main></body></html>\n')


def _anchor(title: str) -> str:
    return escape(title.lower().replace(' ', '-'))


def _summary_line(page: ReportPage) -> str:
    done = [r for r in page.results if r.done]
    seconds = sum(r.seconds for r in done)
    when = time.strftime('%d %B %Y, %H:%M UTC', time.gmtime())
    text = (f'<p class="soft">{when} · {len(done)} of {len(page.results)} '
            f'stages done · {duration(seconds)} in all</p>')
    left = [r.name for r in page.results if not r.done]
    return text + (alarm(f'Not done yet: {", ".join(left)}.') if left else '')
