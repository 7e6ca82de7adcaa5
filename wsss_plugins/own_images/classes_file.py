"""The file that fixes names, order and aliases of classes."""
import json
import os
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import yaml

from ..structures import BACKGROUND, UserError, read_text
from ..structures.failures import reading
from ..structures.text_files import name_flaw

_WHAT = 'file of classes'
_FIX = 'write a line "name: alias, alias" for each class'
_BLANKS = re.compile(r'[\s_-]+')


@dataclass(frozen=True)
class ClassNames:
    """Names of classes in order, and other spellings of each.

    Attributes:
        names (tuple[str, ...]): Without the background.
        aliases (dict[str, str]): Name by each spelling that was written.
    """
    names: tuple[str, ...]
    aliases: dict[str, str]

    def find(self, label: str) -> str | None:
        """The class of a label; None if it is of none.

        Capitals, blanks, hyphens and underscores make no difference, unless
        a spelling was written out.
        """
        if label in self.aliases:
            return self.aliases[label]
        return self._plain.get(plain(label))

    @property
    def _plain(self) -> dict[str, str]:
        return {plain(alias): name for alias, name in self.aliases.items()}


def plain(label: str) -> str:
    """A label without what people spell now so, now so."""
    return _BLANKS.sub('', unicodedata.normalize('NFKC', label)).casefold()


def read_classes(path: str | os.PathLike) -> ClassNames:
    """Read a file of classes: YAML, JSON, or lines of text.

    ``name: alias, alias``, a name a line, ``{"name": ["alias"]}`` or a list
    of names. ``background`` may come first, as in data sets.

    Raises:
        UserError: If it is missing, damaged, empty, or a spelling comes
            twice.
    """
    text = read_text(path, _WHAT, _FIX)
    pairs = _pairs(Path(path), text)
    if pairs and pairs[0][0].casefold() == BACKGROUND:
        pairs = pairs[1:]
    if not pairs:
        raise UserError(f'{path}: names no classes; {_FIX}')
    aliases: dict[str, str] = {}
    for name, others in pairs:
        for each in dict.fromkeys((name, *others)):
            flaw = name_flaw(each)
            if flaw:
                raise UserError(f'{path}: the name of a class {flaw}; {_FIX}')
            if each in aliases:
                raise UserError(f'{path}: {each!r} comes twice; keep one')
            aliases[each] = name
    return ClassNames(tuple(name for name, _ in pairs), aliases)


def _pairs(path: Path, text: str) -> list[tuple[str, list[str]]]:
    """Names with their other spellings, in order."""
    with reading(path, _WHAT, _FIX):
        if text.lstrip().startswith(('{', '[')):
            value = json.loads(text, object_pairs_hook=_kept)
        else:
            try:
                value = yaml.load(text, Loader=_Texts)
            except yaml.YAMLError:
                value = None  # perhaps lines, with and without a colon
    if isinstance(value, list):
        return [_pair(path, item) for item in value]
    return _lines(text)


def _kept(pairs: Iterable[tuple[str, object]]) -> list[tuple[str, object]]:
    """Pairs of a mapping, of which none is lost."""
    return list(pairs)


class _Texts(yaml.BaseLoader):
    """All scalars are texts: ``no`` and ``1`` are names as well."""


_Texts.add_constructor(
    yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG,
    lambda loader, node: loader.construct_pairs(node, deep=True))


def _pair(path: Path, item: object) -> tuple[str, list[str]]:
    if isinstance(item, str):
        return item, []
    if isinstance(item, tuple) and len(item) == 2:
        name, others = item
        if isinstance(others, str):
            others = others.split(',')
        others = [] if others is None else others
        if isinstance(name, str) and isinstance(others, list) and all(
                isinstance(each, str) for each in others):
            return name, [o.strip() for o in others if o.strip()]
    if isinstance(item, list) and len(item) == 1:
        return _pair(path, item[0])  # "- name: alias"
    raise UserError(f'{path}: {item!r:.60} is no class with its other '
                    f'spellings; {_FIX}')


def _lines(text: str) -> list[tuple[str, list[str]]]:
    pairs = []
    for line in text.split('\n'):
        line = line.partition('#')[0].strip()
        if line:
            name, _, others = line.partition(':')
            pairs.append((name.strip(), [
                other.strip() for other in others.split(',')
                if other.strip()]))
    return pairs
