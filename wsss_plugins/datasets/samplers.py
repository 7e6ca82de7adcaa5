"""Batches of images that need no padding."""
from collections import Counter, defaultdict
from collections.abc import Iterator

from torch.utils.data import Sampler

from ..registry import DATA_SAMPLERS
from ..structures import UserError, checked_size


@DATA_SAMPLERS.register_module()
class SameSizeBatchSampler(Sampler):
    """Batches of images of one size, for inference stages.

    A network sees the padding of a batch, so images of several sizes in one
    batch would not have the results that each has alone. Batches hold images
    in the sampler's order; a size with fewer images than a batch takes has a
    batch of its own.

    Args:
        sampler (Sampler): Gives the images of a rank; its ``dataset`` names
            their files (``img_path``).
        batch_size (int): Most images of a batch.

    Raises:
        UserError: If the batch size is not positive.
    """

    def __init__(self, sampler: Sampler, batch_size: int) -> None:
        if batch_size < 1:
            raise UserError(f'batch_size={batch_size} is not positive')
        self.sampler = sampler
        self.batch_size = batch_size
        self._sizes: dict[int, tuple[int, int]] = {}

    def _size(self, number: int) -> tuple[int, int]:
        """Height and width of an image, by the header of its file."""
        if number not in self._sizes:
            info = self.sampler.dataset.get_data_info(number)
            self._sizes[number] = checked_size(info['img_path'])
        return self._sizes[number]

    def __iter__(self) -> Iterator[list[int]]:
        """Numbers of the images of each batch."""
        waiting = defaultdict(list)
        for number in self.sampler:
            batch = waiting[self._size(number)]
            batch.append(number)
            if len(batch) == self.batch_size:
                yield waiting.pop(self._size(number))
        yield from waiting.values()

    def __len__(self) -> int:
        """Number of batches."""
        counts = Counter(self._size(number) for number in self.sampler)
        return sum(-(-n // self.batch_size) for n in counts.values())
