"""Sub-category labels, stored in the model and looked up by image."""
import hashlib
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from ...ops.cluster.sub_labels import ABSENT
from ...structures import UserError


def image_key(name: str) -> int:
    """Number of an image, the same on every machine, 64 bits signed."""
    digest = hashlib.blake2b(name.encode(), digest_size=8).digest()
    return int.from_bytes(digest, 'little', signed=True)


class SubLabels(nn.Module):
    """Table of sub-category labels of images.

    Checkpoints contain it, so a resumed run needs neither files nor
    clustering, and data workers hold no state. All are buffers of types that
    every backend of distributed training supports:

    - ``keys``: int64 (N,), :func:`image_key` of each image;
    - ``table``: int32 (N, C), the cluster of an image within a class, -1
      where the image does not show the class;
    - ``counts``: int32 (C,), clusters of each class;
    - ``round``: int64 scalar, number of the clustering round; 0 before the
      first one.

    Args:
        num_classes (int): Foreground classes, C.
    """

    def __init__(self, num_classes: int) -> None:
        super().__init__()
        self.register_buffer('keys', torch.zeros(0, dtype=torch.int64))
        self.register_buffer(
            'table', torch.zeros((0, num_classes), dtype=torch.int32))
        self.register_buffer(
            'counts', torch.zeros(num_classes, dtype=torch.int32))
        self.register_buffer('round', torch.tensor(0))
        self._rows: dict[int, int] | None = None
        self._assigned: bool | None = None

    @property
    def assigned(self) -> bool:
        """Whether a round of the training has assigned labels.

        The buffer ``round`` may be on a device that is busy, so it is read
        once; assigning, reserving and loading labels keep this up to date.
        """
        if self._assigned is None:
            self._assigned = bool(self.round)
        return self._assigned

    def reserve(self, names: Sequence[str]) -> None:
        """Allocate the table for images, without labels yet.

        Args:
            names (Sequence[str]): Names of the images, each once.

        Raises:
            UserError: If two images have the same name.
        """
        keys = [image_key(name) for name in names]
        if len(set(keys)) < len(keys):
            raise UserError(f'{len(names)} images have {len(set(keys))} '
                            'different names; name each image once')
        device = self.table.device
        self.keys = torch.tensor(keys, dtype=torch.int64, device=device)
        self.table = torch.full((len(keys), self.table.shape[1]), ABSENT,
                                dtype=torch.int32, device=device)
        self.counts.zero_()
        self.round.zero_()
        self._rows, self._assigned = None, False

    def is_about(self, names: Sequence[str]) -> bool:
        """Whether the table is of exactly these images, in this order."""
        return self.keys.tolist() == [image_key(name) for name in names]

    def install(self, table: Tensor, counts: Tensor, number: int) -> None:
        """Store the labels of a round, rows in the order of :meth:`reserve`.

        Args:
            table (Tensor): int (N, C).
            counts (Tensor): Clusters of each class, int (C,).
            number (int): Of the round, from 1.
        """
        if table.shape != self.table.shape:
            raise ValueError(f'table {tuple(table.shape)} for '
                             f'{tuple(self.table.shape)}')
        self.table.copy_(table)
        self.counts.copy_(counts)
        self.round.fill_(number)
        self._assigned = number > 0

    def rows(self, names: Sequence[str]) -> Tensor:
        """Rows of images, int64 (n,).

        Raises:
            UserError: If an image has none.
        """
        if self._rows is None:
            self._rows = {k: i for i, k in enumerate(self.keys.tolist())}
        try:
            found = [self._rows[image_key(name)] for name in names]
        except KeyError:
            unknown = next(
                n for n in names if image_key(n) not in self._rows)
            raise UserError(
                f"image '{unknown}': no sub-category labels; they are made by "
                'wsss_plugins.SubCategoryClusteringHook of the training data: '
                'add it to custom_hooks, or train on the same list') from None
        return torch.tensor(found, device=self.table.device)

    def _load_from_state_dict(self, state_dict: dict, prefix: str, *args,
                              **kwargs) -> None:
        """Take the sizes from the checkpoint, whatever they are."""
        for name in ('keys', 'table'):
            value = state_dict.get(prefix + name)
            buffer = getattr(self, name)
            if value is not None and value.shape[1:] == buffer.shape[1:]:
                setattr(self, name, buffer.new_empty(value.shape))
        self._rows = self._assigned = None
        super()._load_from_state_dict(state_dict, prefix, *args, **kwargs)
