"""What a refiner of CAMs is: what it gets, what it needs, what it returns."""
from abc import ABC, abstractmethod
from collections.abc import Collection, Sequence
from dataclasses import KW_ONLY, dataclass

import numpy as np
from torch import Tensor

from ..registry import REFINERS
from ..structures import ClassMaps, UserError

# What a sample may hold beside its CAMs; a refiner declares ``needs_NAME``.
INPUTS = ('image', 'features', 'affinity', 'edge')


@dataclass(frozen=True, eq=False)
class RefinerSample:
    """One image for a refiner; what the refiner does not need may be None.

    Args:
        maps (ClassMaps): CAMs of the image, at any stride. They may hold the
            background if another refiner or a random walk came before.
        image (np.ndarray, optional): RGB, uint8 (H, W, 3), of size
            ``maps.size``.
        features (Tensor, optional): Feature map of a network, float
            (D, h, w), on the device that is to do the work.
        affinity (Tensor, optional): Affinities in [0, 1] of pairs of pixels
            of the feature map, a stencil (P, hs, ws) as
            :mod:`wsss_plugins.ops.walk.pairs` lists them; or (N, N) with
            N = h * w.
        edge (Tensor, optional): Probabilities of class boundaries, float
            (1, h, w).
        name (str): Of the image, without folder and suffix.

    Raises:
        ValueError: If the image is not of the size of the CAMs, or features
            are not (D, h, w).
    """
    maps: ClassMaps
    image: np.ndarray | None = None
    _: KW_ONLY
    features: Tensor | None = None
    affinity: Tensor | None = None
    edge: Tensor | None = None
    name: str = ''

    def __post_init__(self) -> None:
        if self.image is not None and (
                tuple(self.image.shape[:2]) != self.maps.size):
            raise ValueError(f'{self.name}: the image is '
                             f'{self.image.shape[:2]}, its CAMs are of '
                             f'{self.maps.size}')
        if self.features is not None and self.features.ndim != 3:
            raise ValueError(f'{self.name}: features '
                             f'{tuple(self.features.shape)} are not (D, h, w)')

    @property
    def grid(self) -> tuple[int, int]:
        """Height and width of the feature map."""
        return tuple(self.features.shape[1:])


class Refiner(ABC):
    """Base class of refiners: CAMs in, CAMs or class probabilities out.

    A subclass implements :meth:`refine` and declares what it needs; segmentors
    and transforms hand it that, or refuse it where they do not have it.
    Register it with ``REFINERS`` to name it in a config.

    Attributes:
        needs_image (bool): Whether samples must hold the image.
        needs_features (bool): ... a feature map.
        needs_affinity (bool): ... affinities.
        needs_edge (bool): ... class boundaries.
        foreground_only (bool): Whether CAMs must come without the background;
            a :class:`RefinerChain` then takes it away and scales the others
            to a maximum of 1.

    Example:
        >>> @REFINERS.register_module()
        ... class SquareRefiner(Refiner):
        ...     def refine(self, samples):
        ...         return [ClassMaps(s.maps.labels, s.maps.maps**2,
        ...                           s.maps.size) for s in samples]
    """
    needs_image: bool = False
    needs_features: bool = False
    needs_affinity: bool = False
    needs_edge: bool = False
    foreground_only: bool = False

    @abstractmethod
    def refine(self, samples: Sequence[RefinerSample]) -> list[ClassMaps]:
        """Refine the CAMs of images.

        Args:
            samples (Sequence[RefinerSample]): Images of any sizes, each with
                all that the refiner needs.

        Returns:
            list[ClassMaps]: One for each sample, in order.
        """

    @property
    def needs(self) -> tuple[str, ...]:
        """Names of what samples must hold, in the order of ``INPUTS``."""
        return tuple(name for name in INPUTS if getattr(self, f'needs_{name}'))

    @property
    def parts(self) -> list['Refiner']:
        """The refiners that do the work: this one, or those of a chain."""
        return [self]


def build_refiner(config: dict) -> Refiner:
    """Build a refiner from its config.

    Args:
        config (dict): With ``type``, a registered refiner.

    Raises:
        UserError: If the type is no refiner.
    """
    refiner = REFINERS.build(dict(config))
    if not isinstance(refiner, Refiner):
        raise UserError(
            f'{config["type"]} is no refiner; derive '
            f'{type(refiner).__name__} from wsss_plugins.refiners.Refiner')
    return refiner


def check_inputs(refiner: Refiner, given: Collection[str],
                 place: str) -> None:
    """Refuse a refiner that needs what a place cannot give it.

    Args:
        refiner (Refiner): The refiner.
        given (Collection[str]): What samples hold there, of ``INPUTS``.
        place (str): Name of the place, for the message.

    Raises:
        UserError: Naming the refiner and what it lacks.
    """
    for part in refiner.parts:
        missing = [name for name in part.needs if name not in given]
        if missing:
            raise UserError(
                f'{place}: {type(part).__name__} needs '
                f'{" and ".join(missing)}, which {place} does not have; list '
                'it in refiners of a segmentor that does, such as '
                'wsss_plugins.IRSegmentor')
