"""Which image a row of labels is about."""
import os
import posixpath
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from .photos import known_suffix

_DRIVE = re.compile(r'^[A-Za-z]:')


def _as_it_is(name: str) -> str:
    return name


def _small_suffix(name: str) -> str:
    suffix = known_suffix(name)
    stem = name[:len(name) - len(suffix)] if suffix else name
    return unicodedata.normalize('NFC', stem) + suffix.lower()


def _no_suffix(name: str) -> str:
    return unicodedata.normalize('NFC', name.removesuffix(
        known_suffix(name)))


def _small(name: str) -> str:
    return _small_suffix(name).casefold()


def _small_no_suffix(name: str) -> str:
    return _no_suffix(name).casefold()


# Ways to compare names, the strictest first; of an image, and of a row.
_WAYS: tuple[tuple[Callable[[str], str], Callable[[str], str]], ...] = (
    (_as_it_is, _as_it_is), (_small_suffix, _small_suffix),
    (_no_suffix, lambda name: unicodedata.normalize('NFC', name)),
    (_small, _small), (_small_no_suffix, lambda name: unicodedata.normalize(
        'NFC', name).casefold()))


class PhotoIndex:
    """Finds images by whatever a table calls them.

    A name may lack the suffix, or have it in another case; it may lack
    folders, as long as one image only is meant; and it may have folders in
    front: those that lead to the folder of images, or that all names share.

    Args:
        root (str | PathLike): The folder of images.
        sources (Iterable[str]): Paths of images below it.
    """

    def __init__(self, root: str | os.PathLike,
                 sources: Iterable[str]) -> None:
        self.root = Path(root).resolve().as_posix()
        self._whole: list[dict[str, list[str]]] = [{} for _ in _WAYS]
        self._tails: list[dict[str, list[str]]] = [{} for _ in _WAYS]
        for source in sources:
            self._add(source)
        self._shared = ''

    def _add(self, source: str) -> None:
        parts = source.split('/')
        for way, (of_image, _) in enumerate(_WAYS):
            self._whole[way].setdefault(of_image(source), []).append(source)
            for start in range(1, len(parts)):
                tail = of_image('/'.join(parts[start:]))
                self._tails[way].setdefault(tail, []).append(source)

    def learn_folders(self, names: Iterable[str]) -> None:
        """Take folders that all names share for the path to the images."""
        folders = {posixpath.dirname(clean(name)) for name in names}
        rooted = {folder.startswith('/') for folder in folders}
        if folders and len(rooted) == 1:
            self._shared = posixpath.commonpath(folders)

    def find(self, names: Sequence[str]) -> list[str]:
        """Images that a row may mean.

        Args:
            names (Sequence[str]): That the image may have, the most exact
                first.

        Returns:
            list[str]: Sources: one if it is clear, none if there is no such
                image, several if they cannot be told apart.
        """
        unclear: list[str] = []
        for name in names:
            found = self._find(name)
            if len(found) == 1:
                return found
            unclear = unclear or found
        return unclear

    def hint(self, name: str) -> str:
        """An image that a name may mean which fits none; empty: none."""
        last = posixpath.basename(clean(name))
        found = self.find([last.removesuffix(known_suffix(last)), last])
        return f' (is it {found[0]!r}?)' if len(found) == 1 else ''

    def _find(self, name: str) -> list[str]:
        # A backslash may be part of a name where it separates no folders.
        for each in dict.fromkeys((name, clean(name))):
            for place in (self._whole, self._tails):
                found = self._look(place, each)
                if found:
                    return found
        return self._look_below(clean(name))

    @staticmethod
    def _look(place: list[dict[str, list[str]]], name: str) -> list[str]:
        for way, (_, of_row) in enumerate(_WAYS):
            found = place[way].get(of_row(name))
            if found:
                return found
        return []

    def _look_below(self, name: str) -> list[str]:
        """Without the folders that lead to the images."""
        parts = name.split('/')
        for start in range(1, len(parts)):
            front = '/'.join(parts[:start])
            if self._leads_here(front):
                found = self._look(self._whole, '/'.join(parts[start:]))
                if found:
                    return found
        return []

    def _leads_here(self, front: str) -> bool:
        """Whether folders in front of a name end at the images' folder."""
        if f'{self._shared}/'.startswith(f'{front}/'):
            return True
        front = front.lstrip('./')
        return bool(front) and f'/{self.root}'.casefold().endswith(
            f'/{front}'.casefold())


def clean(name: str) -> str:
    """A name with slashes, without ``./`` and the letter of a drive."""
    name = _DRIVE.sub('', name.replace('\\', '/'))
    return posixpath.normpath(name) if name else name
