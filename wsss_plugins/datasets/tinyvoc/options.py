"""What can be chosen about a TinyVOC, and seeds that follow from it."""
import hashlib
from dataclasses import asdict, dataclass, fields

import numpy as np

from ...structures import UserError

# To be raised whenever images change for the same options.
GENERATOR = 1

_SMALLEST, _LARGEST = 64, 1024
_MOST_IMAGES = 999_999
_RATES = ('saliency_error', 'occluder_rate', 'context_rate', 'clutter')


@dataclass(frozen=True)
class TinyVOCOptions:
    """Parameters of the data set. The same ones give the same bytes.

    Args:
        seed (int): Seed of everything, at least 0.
        num_train, num_val (int): Number of images, at least 1 each.
        size (int): Height and width of images in pixels, 64 to 1024.
        saliency_error (float): Share of images whose saliency map is
            grossly wrong: an object is missed, an object is cut off, or a
            piece of background is salient.
        saliency_noise (float): Standard deviation of the noise of saliency
            maps, in gray levels (0..255).
        occluder_rate (float): Share of images in which a post or a tree
            cuts an object in two.
        context_rate (float): How strongly boats go with water, and trains
            with rails: the share of boats (trains) that are on water (rails),
            and of images without them that show neither.
        clutter (float): How busy backgrounds are, 0 to 1.
        noise (float): Standard deviation of pixel noise in gray levels.

    Raises:
        UserError: If a value is out of range.
    """
    seed: int = 0
    num_train: int = 240
    num_val: int = 80
    size: int = 128
    saliency_error: float = .25
    saliency_noise: float = 8.
    occluder_rate: float = .25
    context_rate: float = .95
    clutter: float = .6
    noise: float = 5.

    def __post_init__(self) -> None:
        self._check('seed', 0, 2**63)
        for name in ('num_train', 'num_val'):
            self._check(name, 1, _MOST_IMAGES)
        if self.num_train + self.num_val > _MOST_IMAGES:
            raise UserError(
                f'num_train + num_val = {self.num_train + self.num_val}: '
                f'names have room for {_MOST_IMAGES} images; ask for less')
        self._check('size', _SMALLEST, _LARGEST)
        for name in _RATES:
            self._check(name, 0, 1)
        for name in ('saliency_noise', 'noise'):
            self._check(name, 0, 255)

    def _check(self, name: str, least: float, most: float) -> None:
        value = getattr(self, name)
        # The comparison is False for not-a-number as well.
        if not least <= value <= most:
            raise UserError(f'{name}={value} is not in {least}..{most}; '
                            'choose a value in that range')

    def names(self) -> tuple[list[str], list[str]]:
        """Names of the training and of the validation images."""
        names = [
            f'2026_{number:06d}'
            for number in range(1, self.num_train + self.num_val + 1)
        ]
        return names[:self.num_train], names[self.num_train:]

    def stamp(self) -> dict:
        """What tells one TinyVOC from another, fit for JSON."""
        return dict(generator=GENERATOR, **asdict(self))

    def rng(self, name: str, topic: str) -> np.random.Generator:
        """Random numbers for one topic of one image.

        They depend on the seed, the image's name and the topic only, so
        that the order and the number of processes do not matter, and so that
        another rate of saliency errors leaves the images as they are.
        """
        key = hashlib.sha256(f'{self.seed}/{name}/{topic}'.encode()).digest()
        return np.random.default_rng(int.from_bytes(key, 'big'))

    @classmethod
    def defaults(cls) -> dict:
        """Default value of each option."""
        return {field.name: field.default for field in fields(cls)}
