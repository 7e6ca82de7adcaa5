"""Pooled features of all images by the network as it is."""
from collections import defaultdict
from collections.abc import Iterator

import torch
from mmengine.dist import (
    all_gather,
    all_reduce,
    get_world_size,
    is_main_process,
)
from torch import Tensor, nn
from tqdm import tqdm

from .image_set import ImageSet, rank_loader


@torch.no_grad()
def extract_features(model: nn.Module, images: ImageSet, batch_size: int,
                     num_workers: int) -> Tensor:
    """Pooled features of all images, each rank computing its share.

    The network is in evaluation mode. Only images of the same size share a
    batch, so none is padded: padding would change the features.

    Args:
        model (nn.Module): A segmentor whose ``decode_head`` has
            ``pooled_features``.
        images (ImageSet): The images.
        batch_size (int): Maximum number of images at once.
        num_workers (int): Of the data loader.

    Returns:
        Tensor: float32 (N, d), the same on every rank.
    """
    training = model.training
    model.eval()
    features = {}
    for batch in tqdm(
            rank_loader(images, batch_size, num_workers), desc='features',
            disable=not is_main_process()):
        for rows, inputs in _same_sizes(batch):
            data = model.data_preprocessor(dict(inputs=inputs), False)
            maps = model.extract_feat(data['inputs'])
            pooled = model.decode_head.pooled_features(maps).cpu()
            features.update(zip(rows, pooled))
    model.train(training)
    return _of_all_ranks([features[row] for row in sorted(features)],
                         len(images))


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


def _of_all_ranks(own: list[Tensor], total: int) -> Tensor:
    """Features of all ranks, where rank r has rows r, r + ranks, ..."""
    ranks = get_world_size()
    if ranks == 1:
        return torch.stack(own)
    # A rank without images does not know the number of channels.
    channels = torch.tensor(len(own[0]) if own else 0)
    all_reduce(channels, 'max')
    share = torch.zeros((-(-total // ranks), int(channels)))
    for row, feature in enumerate(own):
        share[row] = feature
    parts = all_gather(share)
    return torch.stack(parts, dim=1).flatten(0, 1)[:total].clone()
