"""Gray maps of 8 bits, such as saliency, and what a set of them holds."""
import os

import numpy as np

from .errors import UserError
from .image_files import open_image, orientation, turned_upright

# Of maps that show something: a tenth of white.
_FAINT = 26


def read_gray(path: str | os.PathLike, what: str = 'map') -> np.ndarray:
    """A map of 8 bits, upright, uint8 (H, W); of colors their mean.

    Args:
        path (str | PathLike): An image file of 1 or 8 bits a channel.
        what (str): What it is to the user, for the message.

    Raises:
        UserError: If it is missing, damaged, or holds fractions or 16 bits.
    """
    with open_image(path, what) as image:
        if image.mode == 'F' or image.mode.startswith('I'):
            kind = 'fractions' if image.mode == 'F' else '16 or 32 bits'
            raise UserError(f'{path}: {what} holds {kind}; expected 8 bits, '
                            'values 0..255')
        turn = orientation(image)
        if image.mode in ('1', 'L'):
            array = np.array(image.convert('L'))
        else:
            colors = np.asarray(image.convert('RGB'), dtype=np.float32)
            array = np.round(colors.mean(axis=2)).astype(np.uint8)
    return turned_upright(array, turn)


class GrayValues:
    """The largest value of a whole set of maps, which one map cannot tell.

    Attributes:
        highest (int): Of the maps so far.
    """

    def __init__(self) -> None:
        self.highest = 0

    def add(self, array: np.ndarray) -> None:
        """Add a map, uint8 (H, W)."""
        self.highest = max(self.highest, int(array.max(initial=0)))

    @property
    def are_sound(self) -> bool:
        """Whether some map shows something."""
        return self.highest >= _FAINT

    def flaw(self, what: str) -> str | None:
        """What is wrong with the set; None if it shows something.

        Args:
            what (str): What the maps are to the user.
        """
        if self.are_sound:
            return None
        return (f'{what} maps hold values of at most {self.highest} in the '
                'whole set, as if nothing were salient; expected 0..255')
