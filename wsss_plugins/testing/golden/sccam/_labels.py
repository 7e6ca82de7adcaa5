"""What SC-CAM's golden checks share."""
import torch
from torch import Tensor

from wsss_plugins.models.utils.sub_labels import SubLabels


def installed_labels(table: Tensor, num_sub: int) -> SubLabels:
    """Labels as a model holds them, of images named 0, 1, ..."""
    labels = SubLabels(table.shape[1])
    labels.reserve([str(i) for i in range(len(table))])
    counts = torch.full((table.shape[1], ), num_sub)
    labels.install(table, counts, 1)
    return labels
