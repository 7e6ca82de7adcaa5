"""Images of a data set, for hooks that run the network over all of them."""
import copy
from collections.abc import Sequence

import torch
from mmcv.transforms import Compose
from mmengine.dist import get_rank, get_world_size
from mmengine.registry import TRANSFORMS
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, Subset

from ..structures import UserError

#: Transforms that load an image at its own size, without augmentation.
WHOLE_IMAGE_PIPELINE = (dict(type='LoadImageFromFile'),
                        dict(type='wsss_plugins.PackWSSSInputs'))


class ImageSet(Dataset):
    """Images of a training set through a pipeline of their own.

    Items are (row, packed sample), so that results can be put in order.

    Args:
        dataset (Dataset): An mmengine data set with ``get_data_info``, or a
            wrapper such as ``RepeatDataset``.
        pipeline (Sequence[dict], optional): Transforms of an image, without
            randomness. Defaults to :data:`WHOLE_IMAGE_PIPELINE`.
        indices (Sequence[int], optional): Which samples of the data set.
            Defaults to all.
    """

    def __init__(self,
                 dataset: Dataset,
                 pipeline: Sequence[dict] | None = None,
                 indices: Sequence[int] | None = None) -> None:
        self.dataset = dataset
        if pipeline is None:
            pipeline = WHOLE_IMAGE_PIPELINE
        # Building a transform may change the configs inside its own.
        self.pipeline = Compose(
            [TRANSFORMS.build(copy.deepcopy(dict(t))) for t in pipeline])
        self.indices = range(len(dataset)) if indices is None else indices

    @property
    def paths(self) -> list[str]:
        """Files of the images."""
        return [self.dataset.get_data_info(index)['img_path']
                for index in self.indices]

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, row: int) -> tuple[int, dict]:
        info = self.dataset.get_data_info(self.indices[row])
        return row, self.pipeline(info)


class LabeledImageSet(ImageSet):
    """Each image once, sorted by name, with its image-level labels.

    The order is the same on every rank, and however the list is sorted.

    Args:
        dataset (Dataset): As in :class:`ImageSet`; its samples hold
            ``sample_name``, ``gt_label`` and ``num_foreground``.
        pipeline (Sequence[dict], optional): As in :class:`ImageSet`.

    Raises:
        UserError: If samples have no name or no labels, or two samples of one
            name have different labels.
    """

    def __init__(self, dataset: Dataset,
                 pipeline: Sequence[dict] | None = None) -> None:
        found: dict[str, tuple[int, list[int]]] = {}
        for index in range(len(dataset)):
            info = dataset.get_data_info(index)
            name = _name(info)
            first = found.setdefault(name, (index, info['gt_label']))
            if first[1] != info['gt_label']:
                raise UserError(f"image '{name}' comes twice with different "
                                'image-level labels; give images of different '
                                'folders different names')
            self.num_foreground = info['num_foreground']
        self.names = sorted(found)
        self._labels = [found[name][1] for name in self.names]
        super().__init__(dataset, pipeline,
                         [found[name][0] for name in self.names])

    @property
    def present(self) -> Tensor:
        """Whether an image shows a class, bool (N, C)."""
        present = torch.zeros((len(self), self.num_foreground),
                              dtype=torch.bool)
        for row, labels in enumerate(self._labels):
            present[row, labels] = True
        return present


def _name(info: dict) -> str:
    if 'sample_name' not in info or 'gt_label' not in info:
        raise UserError(
            f'{info.get("img_path")}: no image-level labels; train on a data '
            'set of wsss_plugins, such as ImageLevelDataset, with label_file')
    return info['sample_name']


def rank_loader(images: ImageSet, batch_size: int,
                num_workers: int) -> DataLoader:
    """Batches of this rank's share: rows r, r + ranks, ... of rank r.

    Args:
        images (ImageSet): The images.
        batch_size (int): Images of a batch, a list of items.
        num_workers (int): Of the loader.
    """
    rows = range(get_rank(), len(images), get_world_size())
    return DataLoader(
        Subset(images, rows),
        batch_size=batch_size,
        num_workers=num_workers,
        collate_fn=list)
