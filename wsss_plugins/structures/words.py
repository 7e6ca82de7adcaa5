"""Words for the classes of a data set, as a model of language reads them."""
import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import yaml

from .classes import BACKGROUND
from .errors import UserError
from .failures import reading
from .text_files import described, read_text

_TEMPLATES = ('a clean origami {}.', )
_KEYS = ('templates', 'classes', 'background')
_FIX = ('write entries "classes: {name: words}", "background: [words]" and '
        '"templates: [a photo of {}.]", each of which may be left out')


@dataclass(frozen=True)
class Words:
    """What stands for each class in a prompt, and for the background.

    Args:
        classes (dict[str, str]): Words of classes whose name says too little,
            such as ``{'bird': 'bird avian'}``; others are called by name.
        background (tuple[str]): What images show beside the classes; each
            competes with them.
        templates (tuple[str]): Prompts with ``{}`` for the words; features
            of several are averaged.

    Raises:
        UserError: If a word or a template is empty, a template has no place
            for words, or a background word comes twice.
    """
    classes: dict[str, str] = field(default_factory=dict)
    background: tuple[str, ...] = ()
    templates: tuple[str, ...] = _TEMPLATES

    def __post_init__(self) -> None:
        for text in (*self.classes, *self.classes.values(), *self.background):
            if not isinstance(text, str) or not text.strip():
                raise UserError(f'words: {described(text)} is no word; give '
                                'words for it, or take it out')
        for template in self.templates:
            if not isinstance(template, str) or template.count('{}') != 1:
                raise UserError(f'templates: {described(template)} needs one '
                                '{} for the words')
        if not self.templates:
            raise UserError('templates: there is none; leave the entry out '
                            f'for {_TEMPLATES[0]!r}')
        _unique(self.background, 'background')

    @classmethod
    def load(cls, path: str | os.PathLike) -> 'Words':
        """Read a YAML file with any of the entries above.

        A file that has none of them is taken for words of classes.

        Raises:
            UserError: Naming the file and what is wrong with it.
        """
        text = read_text(path, 'list of words', _FIX)
        with reading(path, 'list of words', _FIX):
            try:
                data = yaml.load(text, Loader=_StrictLoader)
            except yaml.YAMLError as error:
                raise ValueError(' '.join(str(error).split())) from None
            data = {} if data is None else data
            if isinstance(data, dict) and data and not set(data) & set(_KEYS):
                data = dict(classes=data)
            _check_layout(data)
        try:
            return cls(**{
                key: value if key == 'classes' else tuple(value)
                for key, value in data.items()
            })
        except UserError as error:
            raise UserError(f'{path}: {error}') from None

    def with_classes(self, words: dict[str, str]) -> 'Words':
        """The same, with other words for some classes."""
        others = {_plain(name) for name in words}
        kept = {name: text for name, text in self.classes.items()
                if _plain(name) not in others}
        return replace(self, classes=kept | words)

    def of_classes(self, names: Sequence[str]) -> tuple[str, ...]:
        """Words of each class, in order.

        Args:
            names (Sequence[str]): Foreground classes of a data set.

        Raises:
            UserError: If there is no class, a class has no name, or two
                classes have the same words.
        """
        if not names:
            raise UserError('words: there is no class to find words for')
        words = {_plain(k): v for k, v in self.classes.items()}
        found = tuple(
            words.get(_plain(name), _plain(name)) for name in names)
        for name, text in zip(names, found):
            if not text.strip():
                raise UserError(f'class {name!r} has no words; give it some')
        _unique(found, 'classes')
        self._warn_of_clashes(names, found)
        return found

    def check_known(self, names: Sequence[str]) -> None:
        """Refuse words of what is no class; a general list may have more.

        Raises:
            UserError: Naming the first.
        """
        known = {_plain(name) for name in names}
        for name in self.classes:
            if _plain(name) not in known:
                raise UserError(
                    f'words for {name!r}, which is no class; the classes are '
                    f'{", ".join(names)}')

    def prompts(self, words: Sequence[str]) -> list[list[str]]:
        """Prompts of each template, in the order of the words."""
        return [[template.replace('{}', text) for text in words]
                for template in self.templates]

    def _warn_of_clashes(self, names: Sequence[str],
                         words: Sequence[str]) -> None:
        """A class that is background as well competes with itself."""
        taken = {_plain(text) for text in (*names, *words)} - {BACKGROUND}
        clash = [text for text in self.background if _plain(text) in taken]
        if clash:
            logging.getLogger('wsss_plugins').warning(
                'background words that are classes too: %s; take them out of '
                'the background', ', '.join(clash))


def _plain(name: str) -> str:
    return ' '.join(name.replace('_', ' ').split()).lower()


def _unique(texts: Sequence[str], where: str) -> None:
    seen = set()
    for text in map(_plain, texts):
        if text in seen:
            raise UserError(f'{where}: {text!r} comes twice, and nothing '
                            'could tell the two apart; give other words')
        seen.add(text)


def _check_layout(data: object) -> None:
    if not isinstance(data, dict):
        raise ValueError(f'it is {described(data)}')
    unknown = [key for key in data if key not in _KEYS]
    if unknown:
        raise ValueError(f'entry {unknown[0]!r} is unknown')
    for key, value in data.items():
        kind = dict if key == 'classes' else list
        if not isinstance(value, kind):
            raise ValueError(f'{key} is {described(value)}')


class _StrictLoader(yaml.BaseLoader):
    """Texts only, so that the class ``no`` stays one; no key twice."""

    def construct_mapping(self, node: yaml.Node, deep: bool = False) -> dict:
        keys = [self.construct_object(key, deep) for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise ValueError(f'{key!r} comes twice; keep one')
        return super().construct_mapping(node, deep)
