"""Formats of image-level labels, as a command line reads them."""
import argparse
import importlib
import pkgutil
from collections.abc import Sequence

from ...structures import ImageLabels
from .label_rows import LabelRows, LabelSource, labels_by_stem


class LabelFormat:
    """One format; a subclass in a module of this package is found by itself.

    A format that people bring with their own images can be recognized by its
    content and gives rows; :meth:`read` then needs no code of its own.

    Attributes:
        name (str): Of the sub-command.
        source (str): What is read, for its help.
        takes_classes (bool): Whether the classes can be given.
        may_be_empty (bool): Whether images without labels are no mistake;
            they are left out unless asked for.
        last_resort (bool): Whether it is for sources that no other format
            recognizes.
    """
    name: str
    source: str
    takes_classes = True
    may_be_empty = False
    last_resort = False

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the format's own options to its sub-command."""

    def read(self, args: argparse.Namespace, classes: Sequence[str] | None,
             names: Sequence[str] | None) -> ImageLabels:
        """Read the labels.

        Args:
            args (Namespace): ``source``, and the format's own options.
            classes (Sequence[str], optional): Foreground classes, in order.
            names (Sequence[str], optional): Images that are wanted; a format
                that reads a file for each image may read only theirs.

        Raises:
            UserError: If something is wrong with the source.
        """
        rows = self.rows(LabelSource(args.source), classes or ())
        return labels_by_stem(rows, args.source, classes)

    def recognizes(self, source: LabelSource) -> bool:
        """Whether the content of a source is of this format.

        At most one format does, apart from those of last resort.
        """
        return False

    def rows(self, source: LabelSource,
             classes: Sequence[str] = ()) -> LabelRows:
        """All that a source says; what is wrong is collected, not raised.

        Args:
            source (LabelSource): The file or folder.
            classes (Sequence[str]): Names that may hold separators.
        """
        raise NotImplementedError


def label_formats() -> dict[str, LabelFormat]:
    """All formats by name, sorted."""
    package = importlib.import_module(__package__)
    for info in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f'{__package__}.{info.name}')
    found = [cls() for cls in _descendants(LabelFormat)]
    return {each.name: each for each in sorted(found, key=lambda f: f.name)}


def _descendants(cls: type) -> list[type]:
    return [each for child in cls.__subclasses__()
            for each in (child, *_descendants(child))]
