"""Lists of images, as this package, VOC and other repositories write them."""
import os
import re
from collections import Counter
from collections.abc import Collection, Sequence
from pathlib import PurePosixPath

from .errors import UserError
from .image_files import IMAGE_SUFFIXES, split_suffix
from .text_files import name_flaw, read_text

_FLAGGED = re.compile(r'(\S+)\s+(-1|0|1)')
_SHOWN = 5


def read_image_list(path: str | os.PathLike,
                    known: Collection[str] | None = None,
                    suffixes: Sequence[str] = IMAGE_SUFFIXES) -> list[str]:
    """Names of images, without suffix, in the order of a list file.

    A line holds a name, which may have spaces, folders and a suffix of an
    image; or, as in the lists of PSA and EPS, the paths of an image and of
    its mask, of which the image's counts. A path that starts with a slash is
    reduced to its file's name. Blank lines are skipped.

    Args:
        path (str | PathLike): Text file.
        known (Collection[str], optional): Names that there are; a line that
            is one of them is taken as it is.
        suffixes (Sequence[str]): That are left out of names.

    Raises:
        UserError: If the file is missing, no text, empty, names an image
            twice, or its lines hold flags beside the names.
    """
    text = read_text(path, 'list of images',
                     'save it as UTF-8 text with an image name a line')
    lines = [line.strip() for line in text.split('\n') if line.strip()]
    if not lines:
        raise UserError(f'{path}: no image names; write one a line')
    known = known or ()
    if (all(_FLAGGED.fullmatch(line) for line in lines)
            and not any(line in known for line in lines)):
        raise UserError(
            f'{path}: its lines have two columns, a name and a flag '
            f'({lines[0]!r:.60}), as in the lists of one class of VOC; write '
            'a list of names only')
    names = [line if line in known else _name(line, suffixes)
             for line in lines]
    for line, name in zip(lines, names):
        flaw = name_flaw(name)
        if flaw:
            raise UserError(f'{path}: the name of {line!r:.60} {flaw}; fix '
                            'the line')
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise UserError(f'{path}: {len(twice)} images come twice: '
                        f'{some(twice)}; list each once')
    return names


def _name(line: str, suffixes: Sequence[str]) -> str:
    paths = line.split()
    if len(paths) == 2 and all(split_suffix(p, suffixes)[1] for p in paths):
        line = paths[0]  # an image and its mask
        if '/' in line:
            return split_suffix(PurePosixPath(line).name, suffixes)[0]
    name = split_suffix(line.replace('\\', '/'), suffixes)[0]
    return PurePosixPath(name).name if name.startswith('/') else name


def check_listed(names: Collection[str], known: Collection[str],
                 source: str | os.PathLike) -> None:
    """Check that all listed images are known.

    Args:
        names (Collection[str]): That were listed.
        known (Collection[str]): That there are.
        source (str | PathLike): Where those are, for the message.

    Raises:
        UserError: With the number of those that are not, and up to five.
    """
    unknown = [name for name in names if name not in known]
    if unknown:
        raise UserError(f'{source}: {len(unknown)} listed images are not '
                        f'there: {some(unknown)}; fix the list')


def some(names: Sequence[str]) -> str:
    """The first five names, for messages."""
    return ', '.join(names[:_SHOWN]) + (', ...' if len(names) > _SHOWN else '')
