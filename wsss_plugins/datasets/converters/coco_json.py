"""Tags from COCO's instance annotations."""
import json
import os
from pathlib import Path

from ...structures import ImageLabels, UserError


def from_coco_json(path: str | os.PathLike,
                   use_crowd: bool = True) -> ImageLabels:
    """Read an ``instances_*.json``.

    Classes are the categories in the order of their ids. Images without an
    annotation keep an empty list of tags.

    Args:
        path (str | PathLike): The file.
        use_crowd (bool): Whether crowd regions count. Defaults to True.

    Raises:
        UserError: If the file is missing, not COCO's, names an unknown image
            or category, or two images share a stem.
    """
    path = Path(path)
    data = read_coco(path)
    categories = {
        c['id']: c['name']
        for c in sorted(data['categories'], key=lambda c: c['id'])
    }
    stems = {image['id']: Path(image['file_name']).stem
             for image in data['images']}
    if len(set(stems.values())) < len(data['images']):
        raise UserError(f'{path}: image ids or file names come twice')
    images: dict[str, list[str]] = {stem: [] for stem in stems.values()}
    for annotation in data['annotations']:
        image, category = annotation['image_id'], annotation['category_id']
        if image not in stems or category not in categories:
            raise UserError(
                f'{path}: annotation {annotation.get("id")} names image '
                f'{image} and category {category}, which are not both there')
        if use_crowd or not annotation.get('iscrowd'):
            images[stems[image]].append(categories[category])
    return ImageLabels(tuple(categories.values()), images)


def read_coco(path: str | os.PathLike) -> dict:
    """A COCO json with its three lists.

    Raises:
        UserError: If it is missing or of another layout.
    """
    path = Path(path)
    try:
        data = json.loads(path.read_text(encoding='utf-8'))
    except OSError as error:
        raise UserError(f'{path}: cannot be read ({error.strerror})') from None
    except json.JSONDecodeError as error:
        raise UserError(f'{path}: not JSON ({error})') from None
    missing = [key for key in ('images', 'annotations', 'categories')
               if not isinstance(data, dict) or key not in data]
    if missing:
        raise UserError(f'{path}: no {", ".join(missing)}; expected COCO '
                        'instance annotations')
    return data
