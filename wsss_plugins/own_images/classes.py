"""Classes of what a table says, and what is odd about them."""
import difflib
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from ..structures import BACKGROUND, Problem
from ..structures.problems import error, errors_of, warning
from .classes_file import ClassNames, plain

#: Most classes of masks of 8 bits, where 255 is ignored.
MOST_CLASSES = 254
_NOTHING = (BACKGROUND, f'__{BACKGROUND}__', f'_{BACKGROUND}_')
# Singular and plural, by the ends in which they differ.
_PLURALS = (
    ('', 's'), ('', 'es'), ('y', 'ies'), ('f', 'ves'), ('fe', 'ves'),
    ('man', 'men'), ('person', 'people'), ('child', 'children'),
    ('foot', 'feet'), ('tooth', 'teeth'), ('goose', 'geese'),
    ('mouse', 'mice'), ('louse', 'lice'), ('ox', 'oxen'), ('us', 'i'),
    ('a', 'ae'), ('um', 'a'), ('on', 'a'), ('is', 'es'), ('ix', 'ices'),
    ('ex', 'ices'))
_ALIKE = .8
_LONG = 5
_FILE = ('use one spelling, or give --classes FILE with lines '
         '"name: spelling, spelling"')


class ClassCheck:
    """Gives labels their class, and collects what is wrong with them.

    Args:
        given (ClassNames, optional): Of a file of classes, which then decides
            on names, order and spellings.
        ordered (Sequence[str]): Classes in the order of the source, if it has
            one.
    """

    def __init__(self, given: ClassNames | None = None,
                 ordered: Sequence[str] = ()) -> None:
        self.given = given
        self.ordered = [_composed(name) for name in ordered]
        self.problems: list[Problem] = []
        self._unknown: dict[str, list[str]] = {}
        self._background: list[str] = []
        self._first: dict[str, str] = {}

    def of_row(self, labels: Iterable[str], where: str) -> tuple[str, ...]:
        """Classes of a row; what is none is kept for :meth:`classes`."""
        found = []
        for label in map(_composed, labels):
            if label.casefold() in _NOTHING:
                self._background.append(where)
            elif self.given is None:
                found.append(label)
                self._first.setdefault(label, where)
            elif self.given.find(label) is None:
                self._unknown.setdefault(label, []).append(where)
            else:
                found.append(self.given.find(label))
        return tuple(dict.fromkeys(found))

    def classes(self, images: Mapping[str, Sequence[str]],
                source: object, are_all: bool = True) -> tuple[str, ...]:
        """All classes in order, once all rows are read.

        Args:
            images (Mapping[str, Sequence[str]]): Classes by image.
            source (object): The labels, for messages.
            are_all (bool): Whether all rows could be read; without some of
                them, numbers of images say little.
        """
        counts = Counter(c for found in images.values() for c in set(found))
        if self.given is not None:
            names = self.given.names
        else:
            ordered = self._shown(counts, str(source))
            names = (*ordered, *sorted(set(counts) - set(ordered)))
        source = str(source)
        self.problems += [*self._about_names(source),
                          *self._about_spelling(names, counts, source)]
        if are_all and not errors_of(self.problems):
            self.problems += _about_counts(names, counts, images, source)
            if self.given is None:
                self.problems += _about_numbers(names, counts, source)
        return tuple(names)

    def _shown(self, counts: Counter, source: str) -> list[str]:
        """Classes of the source that an image shows."""
        for name in self.ordered:
            if not counts[name] and name.casefold() not in _NOTHING:
                self.problems.append(warning(
                    'classes without images', source, f'no image shows '
                    f'{name!r}, so it is left out', 'nothing, or add images'))
        return [name for name in self.ordered if counts[name]]

    def _about_names(self, source: str) -> Iterator[Problem]:
        for where in self._background:
            yield error('labels named background', where,
                        f'a class is called {BACKGROUND!r}, which is what '
                        'masks call all that is of no class', 'leave the '
                        'labels of an image empty that shows none of them')
        for label, places in self._unknown.items():
            near = difflib.get_close_matches(label, self.given.aliases, 1)
            hint = f', perhaps {near[0]!r}' if near else ''
            yield error('labels that are not in the file of classes',
                        places[0], f'unknown class {label!r}{hint} '
                        f'({len(places)} rows)', 'add it to the file of '
                        'classes, as a class or as a spelling of one')

    def _about_spelling(self, names: Sequence[str], counts: Counter,
                        source: str) -> Iterator[Problem]:
        if self.given is not None:
            return  # somebody decided
        for group in near_duplicates(names):
            group = sorted(group, key=lambda n: -counts[n])
            told = ', '.join(f'{name!r} ({counts[name]} images)'
                             for name in group)
            yield error('classes that are nearly the same',
                        self._first.get(group[-1], source), told, _FILE)
        for name in names:
            near = _likely_meant(name, counts)
            if near:
                yield warning('classes that may be misspelled',
                              self._first.get(name, source),
                              f'{name!r} ({counts[name]} images) is nearly '
                              f'{near!r} ({counts[near]})', _FILE)


def _composed(label: str) -> str:
    """One spelling of letters with marks, which look the same."""
    return unicodedata.normalize('NFC', label)


def near_duplicates(names: Sequence[str]) -> list[list[str]]:
    """Names that differ in capitals, blanks, or singular and plural."""
    groups: dict[str, list[str]] = {}
    for name in names:
        groups.setdefault(plain(name), []).append(name)
    for key in list(groups):
        for plural in _plurals(key):
            if key in groups and plural in groups:
                groups[key] = groups[key] + groups.pop(plural)
    return [group for group in groups.values() if len(group) > 1]


def _plurals(word: str) -> list[str]:
    return [word.removesuffix(one) + many for one, many in _PLURALS
            if word.endswith(one)]


def _likely_meant(name: str, counts: Counter) -> str | None:
    """A class that is far more frequent, and spelled nearly the same."""
    if len(name) < _LONG:
        return None
    others = [other for other, count in counts.items()
              if other != name and count >= 10 * counts[name] > 0]
    near = difflib.get_close_matches(name, others, 1, _ALIKE)
    return near[0] if near else None


def _about_counts(names: Sequence[str], counts: Counter,
                  images: Mapping[str, Sequence[str]],
                  source: str) -> Iterator[Problem]:
    if len(names) > MOST_CLASSES:
        yield error('too many classes', source, f'{len(names)} classes, masks '
                    f'hold at most {MOST_CLASSES}', 'are these names of '
                    'classes? join some by a file of classes')
    if not images:
        return
    if not counts:
        yield error('no class in any image', source, 'no image has a label',
                    'label the images that show the classes')
    everywhere = [n for n in names if counts[n] == len(images)]
    if everywhere and len(counts) == 1:
        yield error('a class that all images show', source,
                    f'all {len(images)} images have the one class '
                    f'{everywhere[0]!r}{_number(everywhere[0])}, and nothing '
                    'tells it from what is around it', 'add images that do '
                    'not show it, with empty labels, or further classes')
    elif everywhere:
        yield warning('a class that all images show', source,
                      f'{everywhere[0]!r} is in all {len(images)} images, and '
                      'nothing tells it from what is around it',
                      'add images that do not show it')
    yield from _about_single(names, counts, source)


def _number(name: str) -> str:
    return ', a number' if name.isdigit() else ''


def _about_single(names: Sequence[str], counts: Counter,
                  source: str) -> Iterator[Problem]:
    for name in names:
        if counts[name] == 1:
            yield warning('classes of one image', source, f'{name!r} has one '
                          'image, which trains and cannot be held out',
                          'add images, or join it to another class')
        elif not counts[name]:
            yield warning('classes without images', source, f'no image shows '
                          f'{name!r}', 'add images, or leave the class out of '
                          'the file')


def _about_numbers(names: Sequence[str], counts: Counter,
                   source: str) -> Iterator[Problem]:
    if set(counts) == {'0', '1'}:
        yield error('labels that are only 0 and 1', source, 'all labels are 0 '
                    'or 1, which are no names of classes', 'head the column '
                    'with the name of the class; or give --classes FILE with '
                    'lines "name: number"')
        return
    numbers = [name for name in names if name.isdigit() and counts[name]]
    if numbers and len(counts) > 1:
        yield warning('classes that are numbers', source, 'classes are called '
                      f'{", ".join(numbers[:5])}', 'if they stand for names, '
                      'give --classes FILE with lines "name: number"')
