"""Image-level labels: which classes are in which image."""
import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from .atomic import write_json
from .classes import BACKGROUND
from .errors import UserError
from .text_files import name_flaw, read_json


@dataclass(frozen=True)
class ImageLabels:
    """Image-level labels of a set of images.

    On disk: ``{"classes": ["aeroplane", ...], "images": {"2007_000032":
    ["aeroplane", "person"]}}``, classes without the background.

    Args:
        classes (tuple[str]): Foreground class names, in order.
        images (dict[str, tuple[str]]): Class names by image name (file stem).

    Raises:
        UserError: If a label is not among the classes, classes come twice,
            or a name is empty or cannot be written.
    """
    classes: tuple[str, ...]
    images: dict[str, tuple[str, ...]] = field(repr=False)

    def __post_init__(self) -> None:
        classes = tuple(self.classes)
        object.__setattr__(self, 'classes', classes)
        if len(set(classes)) != len(classes) or BACKGROUND in classes:
            raise UserError(f'classes must be unique and without '
                            f"'{BACKGROUND}': {', '.join(classes)}")
        _check_names('class', classes)
        _check_names('image', self.images)
        known = set(classes)
        images = {}
        for name, labels in self.images.items():
            unknown = [label for label in labels if label not in known]
            if unknown:
                raise UserError(
                    f"image '{name}' is labeled {unknown[0]!r}, which is not "
                    f'among the classes {", ".join(classes)}; fix the label '
                    'or add the class')
            images[name] = tuple(c for c in classes if c in set(labels))
        object.__setattr__(self, 'images', images)

    @classmethod
    def load(cls, path: str | os.PathLike) -> 'ImageLabels':
        """Read and check a label file.

        Raises:
            UserError: If the file is missing, not JSON, of another layout,
                names an image twice, or its labels are unknown classes.
        """
        fix = 'make it with tools/dataset_converters/image_labels.py'
        data = read_json(path, 'file of image-level labels', fix, fix)
        if not _has_layout(data):
            raise UserError(
                f'{path}: expected {{"classes": [name, ...], "images": '
                f'{{image: [name, ...]}}}}; {fix}')
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
        """Number of images that show each class."""
        counter = Counter(
            label for labels in self.images.values() for label in labels)
        return {name: counter[name] for name in self.classes}


def _has_layout(data: object) -> bool:
    if not isinstance(data, dict) or not {'classes', 'images'} <= set(data):
        return False
    classes, images = data['classes'], data['images']
    return (isinstance(classes, list) and isinstance(images, dict)
            and all(isinstance(name, str) for name in classes)
            and all(isinstance(labels, list) and all(
                isinstance(label, str) for label in labels)
                    for labels in images.values()))


def _check_names(what: str, names: Iterable[str]) -> None:
    for name in names:
        flaw = name_flaw(name)
        if flaw:
            raise UserError(f'the name of a{"n" * (what[0] == "i")} {what} '
                            f'{flaw}; rename it')
