"""Image-level labels: which classes are in which image."""
import json
import os
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from .atomic import write_json
from .classes import BACKGROUND
from .errors import UserError


@dataclass(frozen=True)
class ImageLabels:
    """Tags of a set of images.

    On disk: ``{"classes": ["aeroplane", ...], "images": {"2007_000032":
    ["aeroplane", "person"]}}``, classes without the background.

    Args:
        classes (tuple[str]): Foreground class names, in order.
        images (dict[str, tuple[str]]): Class names by image name (file stem).

    Raises:
        UserError: If a tag is not among the classes, or classes come twice.
    """
    classes: tuple[str, ...]
    images: dict[str, tuple[str, ...]] = field(repr=False)

    def __post_init__(self) -> None:
        classes = tuple(self.classes)
        object.__setattr__(self, 'classes', classes)
        if len(set(classes)) != len(classes) or BACKGROUND in classes:
            raise UserError(f'classes must be unique and without '
                            f"'{BACKGROUND}': {', '.join(classes)}")
        known = set(classes)
        images = {}
        for name, tags in self.images.items():
            unknown = [tag for tag in tags if tag not in known]
            if unknown:
                raise UserError(
                    f"image '{name}' is tagged {unknown[0]!r}, which is not "
                    f'among the classes {", ".join(classes)}; fix the tag '
                    'or add the class')
            images[name] = tuple(c for c in classes if c in set(tags))
        object.__setattr__(self, 'images', images)

    @classmethod
    def load(cls, path: str | os.PathLike) -> 'ImageLabels':
        """Read and check a label file.

        Raises:
            UserError: If the file is missing, not JSON, of another layout, or
                its tags name unknown classes.
        """
        path = Path(path)
        if not path.is_file():
            raise UserError(
                f'{path}: image labels not found; make them with '
                'tools/dataset_converters/image_labels.py')
        try:
            data = json.loads(path.read_text(encoding='utf-8'))
        except (json.JSONDecodeError, UnicodeDecodeError) as error:
            raise UserError(f'{path}: not a JSON file ({error}); write it '
                            'again') from None
        if not _has_layout(data):
            raise UserError(
                f'{path}: expected {{"classes": [name, ...], "images": '
                '{image: [name, ...]}}; convert it with '
                'tools/dataset_converters/image_labels.py')
        try:
            return cls(tuple(data['classes']), data['images'])
        except UserError as error:
            raise UserError(f'{path}: {error}') from None

    def save(self, path: str | os.PathLike) -> None:
        """Write the label file, atomically, one image a line."""
        data = dict(
            classes=list(self.classes),
            images={n: list(self.images[n]) for n in sorted(self.images)})
        write_json(path, data, indent=0, ensure_ascii=False)

    def counts(self) -> dict[str, int]:
        """Number of images tagged with each class."""
        counter = Counter(t for tags in self.images.values() for t in tags)
        return {name: counter[name] for name in self.classes}


def _has_layout(data: object) -> bool:
    if not isinstance(data, dict) or not {'classes', 'images'} <= set(data):
        return False
    classes, images = data['classes'], data['images']
    return (isinstance(classes, list) and isinstance(images, dict)
            and all(isinstance(name, str) for name in classes)
            and all(isinstance(tags, list) and all(
                isinstance(tag, str) for tag in tags)
                    for tags in images.values()))
