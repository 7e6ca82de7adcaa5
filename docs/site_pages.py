"""Pages of the site that follow from the repository, and their links.

The READMEs of methods and projects become pages, as do the modules of the
package; new ones are found by looking into their folders. Links that lead to
other files of the repository, which are no pages, become their paths.
"""
import os
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / 'docs'
# Made anew by each build, and ignored by git.
METHODS, API = DOCS / '_methods', DOCS / '_api'
_LINK = re.compile(r'(!?)\[([^\]]*)\]\(([^)\s]+)\)')
_ROLE = re.compile(r':(?:class|func|meth|mod|attr|obj|data):`([^`]+)`')
# Rooms whose modules are for users of the package, in reading order.
_ROOMS = ('apis', 'ops', 'structures', 'datasets', 'models', 'refiners',
          'evaluation', 'engine', 'pipelines', 'reports', 'exports')


def write_pages(root: Path = ROOT) -> None:
    """Write the pages of methods and of the API."""
    readmes = sorted([*root.glob('configs/*/README.md'),
                      *root.glob('projects/*/README.md')])
    _write(METHODS, {path.parent.name: path.read_text(encoding='utf-8')
                     for path in readmes})
    _write(API, {f'{room}.rst': _room_page(root, room) for room in _ROOMS})


def _write(folder: Path, pages: dict[str, str]) -> None:
    folder.mkdir(exist_ok=True)
    wanted = {name if '.' in name else f'{name}.md': text
              for name, text in pages.items()}
    for path in folder.iterdir():
        if path.name not in wanted:
            path.unlink()
    for name, text in wanted.items():
        path = folder / name
        if not path.is_file() or path.read_text(encoding='utf-8') != text:
            path.write_text(text, encoding='utf-8')


def _room_page(root: Path, room: str) -> str:
    """All public modules of a room, one after the other."""
    folder = root / 'wsss_plugins' / room
    text = f'{room}\n{"=" * len(room)}\n\n'
    for path in sorted(folder.rglob('*.py')):
        parts = path.relative_to(root).with_suffix('').parts
        if any(part.startswith('_') for part in parts):
            continue
        name = '.'.join(parts)
        title = '.'.join(parts[2:])
        text += (f'{title}\n{"-" * len(title)}\n\n.. automodule:: {name}\n\n')
    return text


def fit_links(app, name: str, source: list[str]) -> None:
    """Let relative links lead to pages, or say which file they mean."""
    path = Path(app.env.doc2path(name))
    if path.suffix != '.md':
        return
    folder = path.parent
    if folder == METHODS:
        real = next(ROOT.glob(f'*/{path.stem}/README.md'))
        folder = real.parent

    def fitted(match: re.Match) -> str:
        target, _, anchor = match[3].partition('#')
        if '://' in target or not target:
            return match[0]
        found = (folder / target).resolve()
        page = _page(found)
        if page is None:
            return f'{match[2]} (`{os.path.relpath(found, ROOT)}`)'
        link = os.path.relpath(page, path.parent)
        anchor = f'#{anchor}' if anchor else ''
        return f'{match[1]}[{match[2]}]({link}{anchor})'

    source[0] = _LINK.sub(fitted, source[0])


def _page(path: Path) -> Path | None:
    """Page or picture of the site that stands for a file; None without."""
    if path.is_dir():
        path = path / 'README.md'
    if not path.is_file():
        return None
    if path.name == 'README.md' and path.parent.parent.name in ('configs',
                                                                'projects'):
        return METHODS / f'{path.parent.name}.md'
    return path if DOCS in path.parents else None


def plain_references(app, what: str, name: str, obj, options,
                     lines: list[str]) -> None:
    """Names in docstrings as code: many are of private or other modules."""
    for number, line in enumerate(lines):
        lines[number] = _ROLE.sub(
            lambda m: f'``{m[1].lstrip("~.")}``', line)
