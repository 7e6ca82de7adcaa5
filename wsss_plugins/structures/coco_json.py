"""COCO annotation files of any length: one reader, one writer, one check.

A million annotations as Python objects take gigabytes. Here they pass one at
a time: :func:`iter_annotations` parses the file as it reads it, and
:class:`CocoWriter` writes each annotation as it comes. What people and tools
get wrong in such files is found by :func:`image_flaw`, :func:`category_flaw`
and :class:`AnnotationCheck`, whoever reads them.
"""
import json
import os
from collections.abc import Collection, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .atomic import atomic_path
from .errors import UserError
from .image_files import MAX_PIXELS
from .json_stream import stream_entries
from .text_files import described, name_flaw

_LIST = 'annotations'
_CROWD = (0, 1)
# Ids are kept in 64 bits.
_MOST_BITS = 62


def coco_head(path: str | os.PathLike) -> dict[str, Any]:
    """All entries of a COCO json but its annotations.

    Raises:
        UserError: If it is missing, not JSON, or an image or category has no
            id.
    """
    head = {k: v for k, v in stream_entries(path, _LIST) if k != _LIST}
    for name in ('images', 'categories'):
        items = head.get(name)
        if not isinstance(items, list):
            raise UserError(f'{path}: {name} is {described(items)}, not a '
                            'list; expected COCO instance annotations')
        for number, item in enumerate(items):
            flaw = _id_flaw(item, 'id') or _size_flaw(item['id'])
            if flaw:
                raise UserError(f'{path}: {name}[{number}]: {flaw}; expected '
                                'COCO instance annotations')
    return head


def iter_annotations(path: str | os.PathLike) -> Iterator[dict]:
    """Annotations of a COCO json in their order, parsed as they are asked.

    Raises:
        UserError: If the file is missing, not JSON, or in an annotation
            ``id`` or ``image_id`` is no integer or ``iscrowd`` not 0 or 1.
    """
    count = 0
    for key, item in stream_entries(path, _LIST):
        if key != _LIST:
            continue
        flaw = (_id_flaw(item, 'id') or _id_flaw(item, 'image_id')
                or _crowd_flaw(item))
        if flaw:
            raise UserError(f'{path}: {_name(item, count)}: {flaw}; expected '
                            'COCO instance annotations')
        count += 1
        yield item


def _name(item: Any, number: int) -> str:
    ident = item.get('id') if isinstance(item, dict) else None
    return (f'annotation {ident}' if type(ident) is int else
            f'annotations[{number}]')


def _id_flaw(item: Any, key: str) -> str | None:
    if not isinstance(item, dict):
        return f'it is {described(item)}, not an object'
    if key not in item:
        return f'it has no {key}'
    value = item[key]
    if type(value) is not int:
        return f'{key} is {described(value)}, not an integer'
    return None


def _size_flaw(ident: int) -> str | None:
    fits = ident.bit_length() <= _MOST_BITS
    return None if fits else f'its id does not fit {_MOST_BITS} bits'


def _crowd_flaw(annotation: dict) -> str | None:
    crowd = annotation.get('iscrowd')
    if crowd is None or isinstance(crowd, int) and crowd in _CROWD:
        return None
    return f'iscrowd is {described(crowd)}, not 0 or 1'


def image_flaw(image: dict) -> str | None:
    """What is wrong with an image of a COCO json but its id; None if nothing.

    Args:
        image (dict): Entry of ``images``.
    """
    flaw = _file_flaw(image)
    if flaw:
        return flaw
    sides = []
    for key in ('height', 'width'):
        side = image.get(key)
        if side is None:
            return f'it has no {key}'
        if type(side) is not int or side < 1:
            return f'{key} is {described(side)}, not pixels from 1 on'
        sides.append(side)
    if sides[0] * sides[1] > MAX_PIXELS:
        return (f'{sides[1]}x{sides[0]} pixels are more than {MAX_PIXELS}')
    return None


def _file_flaw(image: dict) -> str | None:
    name = image_file(image)
    if name is None:
        name = image.get('file_name')
        if name is None:
            return 'it has no file_name or coco_url'
    flaw = name_flaw(name)
    return flaw and f'file_name {flaw}'


def image_file(image: dict) -> str | None:
    """File of an image of a COCO json, with its folder if it has one.

    LVIS names no file: it is the end of ``coco_url``, ``train2017/NAME.jpg``.

    Args:
        image (dict): Entry of ``images``.

    Returns:
        str | None: None if neither entry is there.
    """
    name, url = image.get('file_name'), image.get('coco_url')
    if isinstance(name, str) and name:
        return name
    if isinstance(url, str) and url.count('/') >= 2:
        return '/'.join(url.split('/')[-2:])
    return None


def category_flaw(category: dict) -> str | None:
    """What is wrong with the name of a category; None if nothing.

    Args:
        category (dict): Entry of ``categories``.
    """
    flaw = name_flaw(category['name']) if 'name' in category else None
    return flaw and f'name {flaw}'


class AnnotationCheck:
    """Finds what is wrong with annotations, one after the other.

    Args:
        images (Collection[int]): Ids of images.
        categories (Collection[int]): Ids of categories.
    """

    def __init__(self, images: Collection[int],
                 categories: Collection[int]) -> None:
        self.images = images
        self.categories = categories
        self.seen: set[int] = set()

    def flaw(self, annotation: dict) -> str | None:
        """What is wrong with ids of an annotation; None if nothing.

        Args:
            annotation (dict): As :func:`iter_annotations` gives it.
        """
        ident, image = annotation['id'], annotation['image_id']
        flaw = _size_flaw(ident)
        if flaw or ident in self.seen:
            return flaw or 'its id comes twice'
        self.seen.add(ident)
        if image not in self.images:
            return f'image_id {image} is of no image of the file'
        flaw = _id_flaw(annotation, 'category_id')
        if flaw:
            return flaw
        category = annotation['category_id']
        if category not in self.categories:
            return f'category_id {category} is of no category of the file'
        return None


@dataclass(frozen=True)
class CocoFile:
    """A COCO json that is refused at the first mistake in its ids.

    Attributes:
        path (Path): Of the file.
        head (dict): All entries but the annotations.
        images (dict[int, dict]): By id, in the order of the file, with
            ``file_name``, ``height`` and ``width``.
        categories (dict[int, dict]): By id, rising.
    """
    path: Path
    head: dict[str, Any]
    images: dict[int, dict]
    categories: dict[int, dict]

    @classmethod
    def open(cls, path: str | os.PathLike,
             need_sizes: bool = True) -> 'CocoFile':
        """Read the file up to its annotations.

        Args:
            path (str | PathLike): The file.
            need_sizes (bool): Whether images must tell height and width.

        Raises:
            UserError: If it is missing, not COCO's, an id comes twice, or an
                image or category has no sound name or size.
        """
        head = coco_head(path)
        found = {}
        check_image = image_flaw if need_sizes else _file_flaw
        for key, what, check in (('images', 'image', check_image),
                                 ('categories', 'category', category_flaw)):
            items = found[key] = {}
            for item in head[key]:
                twice = item['id'] in items
                flaw = 'its id comes twice' if twice else check(item)
                if flaw:
                    raise UserError(f'{path}: {what} {item["id"]}: {flaw}; '
                                    'fix the file')
                items[item['id']] = item
        images = {ident: dict(image, file_name=image_file(image))
                  for ident, image in found['images'].items()}
        return cls(Path(path), head, images,
                   dict(sorted(found['categories'].items())))

    def size(self, annotation: dict) -> tuple[int, int]:
        """Height and width of the image of an annotation."""
        image = self.images[annotation['image_id']]
        return image['height'], image['width']

    def where(self, annotation: dict) -> str:
        """File and annotation, for messages."""
        return f'{self.path}: annotation {annotation["id"]}'

    def annotations(self) -> Iterator[dict]:
        """Annotations in their order, parsed and checked as they are asked.

        Raises:
            UserError: If an id comes twice, is no integer, or an annotation
                is of no image or category of the file.
        """
        check = AnnotationCheck(self.images, self.categories)
        for annotation in iter_annotations(self.path):
            flaw = check.flaw(annotation)
            if flaw:
                raise UserError(f'{self.where(annotation)}: {flaw}; fix the '
                                'file')
            yield annotation


class CocoWriter:
    """Writes a COCO json annotation by annotation; whole or not at all.

    Use it as a context manager; the file appears when the block ends well.

    Args:
        path (str | PathLike): File to write; its folder is made.
        head (dict): Entries beside ``annotations``, written first.

    Attributes:
        count (int): Annotations written so far.
    """

    def __init__(self, path: str | os.PathLike, head: dict) -> None:
        self.path = Path(path)
        self.head = {k: v for k, v in head.items() if k != _LIST}
        self.count = 0

    def __enter__(self) -> 'CocoWriter':
        with ExitStack() as stack:
            temporary = stack.enter_context(atomic_path(self.path))
            self._file = stack.enter_context(
                open(temporary, 'w', encoding='utf-8'))
            self._file.write('{')
            for key, value in self.head.items():
                self._file.write(f'{json.dumps(key)}: {json.dumps(value)},\n')
            self._file.write(f'"{_LIST}": [')
            self._stack = stack.pop_all()
        return self

    def write(self, annotation: dict) -> None:
        """Add an annotation."""
        text = json.dumps(annotation, allow_nan=False)
        self._file.write((',\n' if self.count else '\n') + text)
        self.count += 1

    def __exit__(self, kind, error, traceback) -> None:
        if kind is not None:
            self._stack.__exit__(kind, error, traceback)
            return
        with self._stack:
            self._file.write('\n]}\n')
