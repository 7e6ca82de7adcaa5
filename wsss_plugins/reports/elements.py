"""Small pieces of HTML that several parts of the page share."""
import base64
import html
import io
from collections.abc import Iterable, Sequence

import numpy as np
from PIL import Image

# A name and the color that stands for it.
Chip = tuple[str, tuple[int, ...]]


def escape(text: object) -> str:
    """A text that holds no markup."""
    return html.escape(str(text), quote=True)


def soft(text: str) -> str:
    """A paragraph that explains; the text is HTML."""
    return f'<p class="soft">{text}</p>'


def alarm(text: object) -> str:
    """A paragraph on what is wrong."""
    return f'<p class="alarm">{escape(text)}</p>'


def warning(summary: str, lines: Sequence[str]) -> str:
    """A sentence on what is wrong, and all lines to unfold."""
    text = escape('\n'.join(lines))
    return (f'<div class="alarm">{escape(summary)}<details><summary>Which'
            f'</summary><pre>{text}</pre></details></div>')


def folded(summary: str, content: str, opened: bool = False) -> str:
    """Content to unfold; ``summary`` and ``content`` are HTML."""
    return (f'<details{" open" * opened}><summary>{summary}</summary>'
            f'{content}</details>')


def chip(name: str, color: Iterable[int]) -> str:
    """A name with its color."""
    red, green, blue = color
    return (f'<span class="chip"><i class="swatch" style="background:'
            f'rgb({red},{green},{blue})"></i>{escape(name)}</span> ')


def inline_image(image: np.ndarray,
                 alt: str,
                 quality: int = 84,
                 subsampling: int = 0,
                 attributes: str = '') -> str:
    """An image inside the page, as JPEG.

    Args:
        image (np.ndarray): RGB, uint8 (H, W, 3).
        alt (str): What it shows.
        quality (int): Of the JPEG, 1 to 95.
        subsampling (int): Of its colors: 0 for none, 2 for half the size in
            both directions.
        attributes (str): Further HTML attributes.
    """
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, 'JPEG', quality=quality,
                                subsampling=subsampling)
    data = base64.b64encode(buffer.getvalue()).decode()
    height, width = image.shape[:2]
    return (f'<img src="data:image/jpeg;base64,{data}" alt="{escape(alt)}" '
            f'width="{width}" height="{height}"{attributes}>')
