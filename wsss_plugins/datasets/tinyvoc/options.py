"""What can be set about TinyVOC."""
from dataclasses import asdict, dataclass

from ...structures import UserError


@dataclass(frozen=True)
class TinyVOCOptions:
    """Size and difficulty of the data set; all rates are in [0, 1].

    Args:
        seed (int): Same seed, same bytes.
        num_train, num_val (int): Number of pictures.
        size (int): Side of the square pictures in pixels.
        second_object (float): Rate of pictures with another object.
        co_occurrence (float): Rate at which a boat is on water and a train
            on rails.
        occluder (float): Rate of pictures in which a post stands before an
            object and cuts it in two.
        saliency_miss (float): Rate of objects that saliency misses.
        saliency_distractor (float): Rate of pictures in which saliency takes
            a piece of background for an object.
        noise (float): Standard deviation of pixel noise, of 0..255.
    """
    seed: int = 0
    num_train: int = 240
    num_val: int = 80
    size: int = 128
    second_object: float = .35
    co_occurrence: float = .95
    occluder: float = .25
    saliency_miss: float = .1
    saliency_distractor: float = .1
    noise: float = 6.

    def __post_init__(self) -> None:
        for name in ('second_object', 'co_occurrence', 'occluder',
                     'saliency_miss', 'saliency_distractor'):
            if not 0 <= getattr(self, name) <= 1:
                raise UserError(f'{name}={getattr(self, name)} is not a rate '
                                'in [0, 1]')
        if self.size < 64 or min(self.num_train, self.num_val) < 1:
            raise UserError(
                f'size={self.size}, num_train={self.num_train}, num_val='
                f'{self.num_val}: at least 64 pixels and one picture each')

    def as_dict(self) -> dict:
        """All options as JSON values."""
        return asdict(self)
