"""Image-level labels of a batch."""
import torch
from mmseg.utils import SampleList
from torch import Tensor

from ...structures import UserError, check_background


def stack_image_labels(samples: SampleList, num_foreground: int) -> Tensor:
    """Multi-hot image-level labels of a batch.

    Args:
        samples (list[SegDataSample]): With ``gt_score``.
        num_foreground (int): Foreground classes of the head, C.

    Returns:
        Tensor: (N, C), on the device of the samples.

    Raises:
        UserError: If a sample has no labels, or not C of them.
    """
    for sample in samples:
        found = len(sample.get('gt_score', ()))
        if found != num_foreground:
            raise UserError(
                f'{sample.get("img_path")}: image-level labels for {found} '
                f'classes, but the head has {num_foreground}; set '
                'num_classes of the head to the classes of the data set, '
                'background included, and label_file of the data set')
    return torch.stack([sample.gt_score for sample in samples])


def check_numbering(samples: SampleList, owner: object) -> None:
    """Refuse images whose data set numbers the background otherwise.

    Args:
        samples (list[SegDataSample]): With the meta information
            ``background``, where the data set gives it.
        owner (object): With the attribute ``background``.

    Raises:
        UserError: If they differ.
    """
    for sample in samples:
        check_background(owner, sample.get('background'))
