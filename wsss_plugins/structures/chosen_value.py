"""A parameter that was chosen by a few images with ground truth."""
import os
from dataclasses import asdict, dataclass, field

from .atomic import write_json
from .errors import UserError
from .text_files import read_json

KIND = 'chosen'
_FIX = 'run the stage that chooses again'


@dataclass(frozen=True)
class ChosenValue:
    """What was chosen, and what the choice is worth.

    Attributes:
        parameter (str): Name of the parameter.
        value (float): What to use.
        default (float): What it would be without ground truth.
        values (list[float]): Candidates.
        miou (list[float]): mIoU of each candidate, on the images that the
            choice was made by.
        held_out (float): mIoU of the choosing, on images that were held out.
        interval (list[float]): Its interval over draws of images.
        gain (list[float]): Interval of what it has over the default.
        images (int): Number of images.
        folds (int): Parts that were held out in turn.
    """
    parameter: str
    value: float
    default: float
    values: list[float] = field(default_factory=list)
    miou: list[float] = field(default_factory=list)
    held_out: float = 0.
    interval: list[float] = field(default_factory=lambda: [0., 0.])
    gain: list[float] = field(default_factory=lambda: [0., 0.])
    images: int = 0
    folds: int = 1

    @classmethod
    def load(cls, path: str | os.PathLike) -> 'ChosenValue':
        """Read a file.

        Raises:
            UserError: If it is missing or something else.
        """
        data = read_json(path, 'chosen value', _FIX, _FIX)
        try:
            return cls.of(data)
        except (TypeError, KeyError, AttributeError, ValueError):
            raise UserError(f'{path}: not a chosen value; {_FIX}') from None

    @classmethod
    def of(cls, data: dict) -> 'ChosenValue':
        """From JSON values with ``kind``.

        Raises:
            KeyError, TypeError, ValueError: If they are of another layout.
        """
        if data['kind'] != KIND:
            raise ValueError(data['kind'])
        return cls(**{k: v for k, v in data.items() if k != 'kind'})

    def save(self, path: str | os.PathLike) -> None:
        """Write a file, atomically."""
        write_json(path, dict(kind=KIND, **asdict(self)))

    def told(self) -> str:
        """The choice in a line."""
        low, high = (100 * x for x in self.interval)
        if self.value == self.default:
            what = (f'{self.parameter} stays {self.default:g}: no other value '
                    'is better on held-out images')
        else:
            what = f'{self.parameter} {self.value:g} in place of ' \
                   f'{self.default:g}'
        return (f'{what}; mIoU {100 * self.held_out:.1f} held out '
                f'({self.folds} folds of {self.images} images, 95 % interval '
                f'{low:.1f} to {high:.1f})')


def chosen_argument(path: str | os.PathLike, arguments: dict) -> dict:
    """Put a chosen value in place of arguments that exclude each other.

    Args:
        path (str | PathLike): File of a :class:`ChosenValue`.
        arguments (dict): By name.

    Returns:
        dict: The chosen one, and None for the others.

    Raises:
        UserError: If the value is of none of them.
    """
    choice = ChosenValue.load(path)
    if choice.parameter not in arguments:
        raise UserError(f'{path}: a value of {choice.parameter!r}, but '
                        f'{" or ".join(arguments)} is wanted; {_FIX}')
    return {**dict.fromkeys(arguments), choice.parameter: choice.value}
