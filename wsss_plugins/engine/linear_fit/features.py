"""Pooled features of all training images, made once."""
import copy
import time
from collections.abc import Iterator

import torch
from mmengine.dist import (
    all_gather_object,
    broadcast_object_list,
    get_rank,
    get_world_size,
    is_main_process,
)
from mmengine.logging import print_log
from torch import Tensor, nn
from torch.utils.data import DataLoader, Subset
from tqdm import tqdm

from ..image_set import LabeledImageSet
from ..tested_form import to_test_form
from .classifier import pooled_input
from .feature_file import FeatureFile, file_digests

# Images of a rank between two exchanges, and seconds between two savings.
_ROUND = 32
_SAVE_SECONDS = 20.


def pooled_features(model: nn.Module, images: LabeledImageSet,
                    file: FeatureFile, num_workers: int) -> Tensor:
    """Pooled features of all images, known ones from a file.

    Each rank takes its share of those that are not known; the first one
    keeps the file, and saves it on the way: a run that is cut off goes on.
    Images go through the network one by one, so that features do not depend
    on the company, nor on the number of ranks.

    Args:
        model (nn.Module): A segmentor; it stays as it is.
        images (LabeledImageSet): The images. The pipeline gives one tensor, or
            several by ``TestTimeAug``.
        file (FeatureFile): Of this network and pipeline.
        num_workers (int): Of the data loader.

    Returns:
        Tensor: float32 (N, V, D) for V views, the same on every rank.
    """
    digests, missing = _plan(images, file)
    print_log(f'linear fit: features of {len(images) - len(missing)} of '
              f'{len(images)} images are in {file.path}', logger='current')
    network = copy.deepcopy(model).eval()
    to_test_form(network)
    saved = time.monotonic()
    for row, features in _extracted(network, images, missing, num_workers):
        file.put(images.names[row], digests[row], features)
        if is_main_process() and time.monotonic() - saved > _SAVE_SECONDS:
            file.save()
            saved = time.monotonic()
    if missing and is_main_process():
        file.save()
    return torch.stack([
        file.get(name, digest)
        for name, digest in zip(images.names, digests)
    ])


def _plan(images: LabeledImageSet,
          file: FeatureFile) -> tuple[list[str], list[int]]:
    """Content of images and rows to do, as the first rank sees them.

    Other ranks may look at another disk; they get its features, too.
    """
    plan = [None]
    if is_main_process():
        digests = file_digests(images.paths)
        known = [file.get(*key) for key in zip(images.names, digests)]
        plan = [(digests, known)]
    broadcast_object_list(plan)
    digests, known = plan[0]
    for name, digest, features in zip(images.names, digests, known):
        if features is not None:
            file.put(name, digest, features)
    return digests, [row for row, x in enumerate(known) if x is None]


def _extracted(model: nn.Module, images: LabeledImageSet, rows: list[int],
               num_workers: int) -> Iterator[tuple[int, Tensor]]:
    """Rows and features (V, D) of all ranks, round by round."""
    share = rows[get_rank()::get_world_size()]
    loader = iter(DataLoader(
        Subset(images, share), batch_size=None, num_workers=num_workers,
        collate_fn=_as_is))
    progress = tqdm(total=len(rows), desc='features', unit='image',
                    disable=not is_main_process())
    longest = -(-len(rows) // get_world_size())
    for begin in range(0, longest, _ROUND):
        own = []
        for _ in share[begin:begin + _ROUND]:
            own.append(_features(model, *next(loader)))
            progress.update(get_world_size())
        for part in all_gather_object(own):
            yield from part
    progress.close()


def _as_is(sample: tuple[int, dict]) -> tuple[int, dict]:
    """Samples of one image are no batch."""
    return sample


def _features(model: nn.Module, row: int,
              packed: dict) -> tuple[int, Tensor]:
    """Row and features of an image's views, (V, D)."""
    views = packed['inputs']
    if isinstance(views, Tensor):
        views = [views]
    return row, torch.stack([pooled_input(model, view) for view in views])
