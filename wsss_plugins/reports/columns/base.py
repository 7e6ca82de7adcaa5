"""What a column of the image grid is."""
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from ...pipelines.arguments import check_arguments
from ..elements import Chip

GRAY = 128


@dataclass(frozen=True)
class Panel:
    """One image in a cell of the grid.

    Attributes:
        image (np.ndarray): RGB, uint8 (H, W, 3).
        caption (str): Text below it, where there are no chips.
        chips (Sequence[Chip]): Names and colors below it.
    """
    image: np.ndarray
    caption: str = ''
    chips: Sequence[Chip] = ()


@dataclass
class Sample:
    """A row of the grid while its cells are drawn, from left to right.

    Attributes:
        name (str): Of the sample.
        classes (tuple[str]): Class names of the data set, the background
            included; may be empty.
        side (int): Longer side of its images, in pixels.
        image (np.ndarray, optional): What the next columns are drawn over,
            RGB, uint8 (H, W, 3); None before an image, or if it is missing.
    """
    name: str
    classes: tuple[str, ...] = ()
    side: int = 256
    image: np.ndarray | None = None

    def canvas(self, height: int, width: int) -> np.ndarray:
        """The image, or gray of a size if it is missing (and counted so)."""
        if self.image is not None:
            return self.image
        return np.full((height, width, 3), GRAY, dtype=np.uint8)


class Column:
    """A column of the image grid.

    A subclass is registered in ``wsss_plugins.registry.REPORT_COLUMNS``; the
    name it gets there is its ``kind`` in pipeline files. The arguments of its
    constructor are the other keys of its entry, checked by their annotations
    before any stage runs; so a constructor opens no file.

    Args:
        title (str): Above the column.
        path (str): File of a sample; ``{name}`` stands for its name.
    """
    #: Whether an image must stand in a column before.
    needs_image: ClassVar[bool] = True
    #: Whether it is an image that columns after it may be drawn over.
    gives_image: ClassVar[bool] = False
    #: Whether a color means the same in all samples, so that the legend
    #: above the grid explains it.
    shares_colors: ClassVar[bool] = False

    def __init__(self, title: str, path: str) -> None:
        self.title = title
        self.path = path

    @classmethod
    def check(cls, where: str, entry: dict) -> None:
        """Check an entry without its ``kind``.

        Args:
            where (str): File and entry, for messages.
            entry (dict): Arguments of the constructor, placeholders not yet
                filled in.

        Raises:
            UserError: If one is unknown, missing or of a wrong type.
        """
        check_arguments(where, entry, cls)

    def begin(self, names: Sequence[str], source: Path | None) -> None:
        """Get ready for a group of samples.

        Args:
            names (Sequence[str]): Those that will be shown.
            source (Path, optional): The file that lists the names.
        """

    def file(self, sample: Sample) -> Path:
        """The file of a sample."""
        return Path(self.path.replace('{name}', sample.name))

    def panels(self, sample: Sample) -> list[Panel]:
        """Read and draw a sample.

        Args:
            sample (Sample): Which; a column that gives the image sets its
                ``image``.

        Returns:
            list[Panel]: Images of the cell, from top to bottom.

        Raises:
            UserError: If the file is missing or damaged; the cell then says
                so, and the page goes on.
        """
        raise NotImplementedError

    def legend(self) -> str:
        """HTML above the grid that explains the colors of all samples."""
        return ''
