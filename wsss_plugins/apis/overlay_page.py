"""A page of images with their masks."""
import os
from collections.abc import Iterable
from urllib.parse import quote

from ..reports.elements import escape
from ..reports.style import STYLE
from ..structures import atomic_path

_LOOKS = '''
.grid{display:grid;gap:1rem;grid-template-columns:
repeat(auto-fill,minmax(min(100%,18rem),1fr))}
.grid img{width:100%;height:auto;display:block}
figcaption{font-size:.85rem;overflow-wrap:anywhere;margin-top:.2rem}
'''


def write_overlay_page(path: str | os.PathLike,
                       shown: Iterable[tuple[str, str, str]],
                       title: str = 'Predicted masks') -> None:
    """Write a page of images that lie beside it.

    Args:
        path (str | PathLike): The page, HTML.
        shown (Iterable): Name, path of the overlay, and path that a click on
            it opens, of each image; relative to the page's folder.
        title (str): Heading.
    """
    figures, count = [], 0
    for name, overlay, target in shown:
        figures.append(
            f'<figure><a href="{quote(target)}"><img loading="lazy" '
            f'src="{quote(overlay)}" alt="{escape(name)}"></a>'
            f'<figcaption>{escape(name)}</figcaption></figure>\n')
        count += 1
    with atomic_path(path) as temporary:
        temporary.write_text(
            '<!doctype html><html lang="en"><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width">'
            f'<title>{escape(title)}</title><style>{STYLE}{_LOOKS}</style>'
            f'<h1>{escape(title)}</h1><p class="soft">{count} images</p>'
            f'<div class="grid">{"".join(figures)}</div></html>\n',
            encoding='utf-8')
