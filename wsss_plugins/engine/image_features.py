"""Features of all training images, by a network as it is."""
from collections import defaultdict
from collections.abc import Iterator, Sequence

import torch
from mmcv.transforms import Compose
from mmengine.dist import all_gather, get_rank, get_world_size, is_main_process
from mmengine.registry import TRANSFORMS
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset
from tqdm import tqdm

from ..structures import UserError


class TrainingImages(Dataset):
    """Images of a training set, each once, in the order of their names.

    The order is the same on every rank, and however the list is sorted.

    Args:
        dataset (Dataset): An mmengine data set with ``get_data_info``, or a
            wrapper such as ``RepeatDataset``.
        pipeline (Sequence[dict]): Transforms for an image; nothing random.

    Raises:
        UserError: If samples have no name or no tags, or two of one name
            differ in tags.
    """

    def __init__(self, dataset: Dataset, pipeline: Sequence[dict]) -> None:
        self.dataset = dataset
        self.pipeline = Compose([TRANSFORMS.build(dict(t)) for t in pipeline])
        tags: dict[str, tuple[int, list[int]]] = {}
        for index in range(len(dataset)):
            info = dataset.get_data_info(index)
            name = self._name(info)
            first = tags.setdefault(name, (index, info['gt_label']))
            if first[1] != info['gt_label']:
                raise UserError(f"image '{name}' comes twice with different "
                                'tags; give images of different folders '
                                'different names')
            self.num_foreground = info['num_foreground']
        self.names = sorted(tags)
        self._index = [tags[name][0] for name in self.names]
        self._tags = [tags[name][1] for name in self.names]

    @staticmethod
    def _name(info: dict) -> str:
        if 'sample_name' not in info or 'gt_label' not in info:
            raise UserError(
                f'{info.get("img_path")}: no image-level labels; train on a '
                'data set of wsss_plugins, such as ImageLevelDataset, with '
                'label_file')
        return info['sample_name']

    @property
    def paths(self) -> list[str]:
        """Files of the images."""
        return [
            self.dataset.get_data_info(index)['img_path']
            for index in self._index
        ]

    @property
    def present(self) -> Tensor:
        """Whether an image shows a class, bool (N, C)."""
        present = torch.zeros((len(self), self.num_foreground),
                              dtype=torch.bool)
        for row, tags in enumerate(self._tags):
            present[row, tags] = True
        return present

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, row: int) -> tuple[int, dict]:
        info = self.dataset.get_data_info(self._index[row])
        return row, self.pipeline(info)


@torch.no_grad()
def extract_features(model: nn.Module, images: TrainingImages,
                     batch_size: int, num_workers: int) -> Tensor:
    """Pooled features of all images, each rank doing its share.

    The network is in evaluation mode. Only images of one size share a batch,
    so that none is padded: padding would leak into features.

    Args:
        model (nn.Module): A segmentor with a ``decode_head`` that has
            ``pooled_features``.
        images (TrainingImages): The images.
        batch_size (int): Most images at once.
        num_workers (int): Of the data loader.

    Returns:
        Tensor: float32 (N, d), the same on every rank.
    """
    rows = range(get_rank(), len(images), get_world_size())
    loader = DataLoader(
        torch.utils.data.Subset(images, rows),
        batch_size=batch_size,
        num_workers=num_workers,
        collate_fn=list)
    training = model.training
    model.eval()
    features = {}
    for batch in tqdm(
            loader, desc='features', disable=not is_main_process()):
        for part_rows, inputs in _same_sizes(batch):
            data = model.data_preprocessor(dict(inputs=inputs), False)
            maps = model.extract_feat(data['inputs'])
            pooled = model.decode_head.pooled_features(maps).cpu()
            features.update(zip(part_rows, pooled))
    model.train(training)
    own = [features[row] for row in rows]
    return _interleaved(own, len(images), model)


def _same_sizes(
        batch: list[tuple[int, dict]]
) -> Iterator[tuple[list[int], list[Tensor]]]:
    """Split a batch into parts of one image size."""
    parts = defaultdict(lambda: ([], []))
    for row, packed in batch:
        rows, inputs = parts[packed['inputs'].shape]
        rows.append(row)
        inputs.append(packed['inputs'])
    yield from parts.values()


def _interleaved(own: list[Tensor], total: int, model: nn.Module) -> Tensor:
    """All ranks' features, where rank r has rows r, r + ranks, ..."""
    ranks = get_world_size()
    if ranks == 1:
        return torch.stack(own)
    channels = model.decode_head.conv_sub.in_channels
    share = torch.zeros((-(-total // ranks), channels))
    for row, feature in enumerate(own):
        share[row] = feature
    parts = all_gather(share)
    return torch.stack(parts, dim=1).flatten(0, 1)[:total].clone()
