"""Folders of images, and where what is made of them goes."""
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..own_images.names import mask_files
from ..structures import UserError
from ..structures.image_files import split_suffix
from ..structures.image_tree import image_tree


@dataclass(frozen=True)
class ImageTree:
    """All images of a folder and of those below it.

    Args:
        root (str | PathLike): The folder, or a single image.
        leave_out (str | PathLike, optional): Folder whose files are none,
            such as that of the outputs.

    Raises:
        UserError: If there is no such folder.
    """
    root: str | os.PathLike
    leave_out: str | os.PathLike | None = None

    def __post_init__(self) -> None:
        if not Path(self.root).exists():
            raise UserError(f'{self.root}: folder of images not found; fix '
                            'the path')

    def __iter__(self) -> Iterator[tuple[Path, str]]:
        """Each image and the name of its outputs, without suffix.

        Images of formats that are not read here are among them, and whoever
        reads them finds out. Images that differ in their suffix only keep
        it: ``a.jpg`` and ``a.png``.
        """
        root = Path(self.root)
        if root.is_file():
            yield root, split_suffix(root.name)[0]
            return
        found = self._found()
        names = mask_files(source for source, _ in found)
        for source, path in found:
            yield path, names[source].removesuffix('.png')

    def count(self) -> int:
        """Number of images."""
        return 1 if Path(self.root).is_file() else len(self._found())

    def _found(self) -> list[tuple[str, Path]]:
        skip = [] if self.leave_out is None else [self.leave_out]
        return list(image_tree(self.root, skip))
