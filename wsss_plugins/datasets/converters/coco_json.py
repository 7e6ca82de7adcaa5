"""Tags from COCO's instance annotations."""
import json
import os
from pathlib import Path, PurePosixPath

from ...structures import ImageLabels, UserError

_LISTS = dict(
    images=dict(id=int, file_name=str),
    annotations=dict(image_id=int, category_id=int),
    categories=dict(id=int, name=str))
_KEYS = ('stem', 'path')


def from_coco_json(path: str | os.PathLike,
                   use_crowd: bool = True,
                   key: str = 'stem') -> ImageLabels:
    """Read an ``instances_*.json``.

    Classes are the categories in the order of their ids. Images without an
    annotation keep an empty list of tags.

    Args:
        path (str | PathLike): The file.
        use_crowd (bool): Whether crowd regions count. Defaults to True.
        key (str): What images are named by: ``'stem'`` of the file name, or
            its ``'path'`` with folders and without suffix.

    Raises:
        UserError: If the file is missing, not COCO's, names an unknown image
            or category, or two images share a name.
    """
    if key not in _KEYS:
        raise UserError(f'key={key!r}; choose one of {", ".join(_KEYS)}')
    data = read_coco(path)
    categories = {
        c['id']: c['name']
        for c in sorted(data['categories'], key=lambda c: c['id'])
    }
    names = {
        image['id']: image_name(image, key)
        for image in data['images']
    }
    if len(set(names.values())) < len(names):
        raise UserError(f'{path}: file names come twice; --key path tells '
                        'those of different folders apart')
    images: dict[str, list[str]] = {name: [] for name in names.values()}
    for annotation in data['annotations']:
        if use_crowd or not annotation.get('iscrowd'):
            images[names[annotation['image_id']]].append(
                categories[annotation['category_id']])
    try:
        return ImageLabels(tuple(categories.values()), images)
    except UserError as error:
        raise UserError(f'{path}: {error}') from None


def image_name(image: dict, key: str = 'stem') -> str:
    """Name of an image of a COCO json: its stem, or its path but suffix."""
    path = PurePosixPath(image['file_name'].replace('\\', '/'))
    return path.stem if key == 'stem' else str(path.with_suffix(''))


def read_coco(path: str | os.PathLike) -> dict:
    """A COCO json whose three lists fit together.

    Raises:
        UserError: If it is missing, of another layout, an id comes twice, or
            an annotation names an image or category that is not there.
    """
    path = Path(path)
    try:
        data = json.loads(path.read_text(encoding='utf-8'))
    except OSError as error:
        raise UserError(f'{path}: cannot be read ({error.strerror}); fix the '
                        'path') from None
    except (ValueError, RecursionError) as error:
        raise UserError(f'{path}: not JSON ({error}); fetch it '
                        'again') from None
    for name, fields in _LISTS.items():
        _check_list(path, data, name, fields)
    ids = {name: _ids(path, data, name) for name in ('images', 'categories')}
    for annotation in data['annotations']:
        image, category = annotation['image_id'], annotation['category_id']
        if image not in ids['images'] or category not in ids['categories']:
            raise UserError(
                f'{path}: annotation {annotation.get("id")} is of image '
                f'{image} and category {category}, which are not both in the '
                'file; fix the file')
    return data


def _check_list(path: Path, data: object, name: str,
                fields: dict[str, type]) -> None:
    items = data.get(name) if isinstance(data, dict) else None
    if not isinstance(items, list):
        raise UserError(f'{path}: no list of {name}; expected COCO instance '
                        'annotations')
    for number, item in enumerate(items):
        for field, kind in fields.items():
            if not isinstance(item, dict) or type(item.get(field)) is not kind:
                raise UserError(
                    f'{path}: {name}[{number}] has no {field} of type '
                    f'{kind.__name__}; expected COCO instance annotations')


def _ids(path: Path, data: dict, name: str) -> set[int]:
    ids = {item['id'] for item in data[name]}
    if len(ids) < len(data[name]):
        raise UserError(f'{path}: ids of {name} come twice; fix the file')
    return ids
