"""PSA's affinity head with the weights of a golden file."""
import torch
from torch import Tensor

from wsss_plugins.models import AffinityHead


def affinity_head(data: dict[str, Tensor]) -> AffinityHead:
    """The head with the weights of a file."""
    names = ('w_f8_3', 'w_f8_4', 'w_f8_5')
    head = AffinityHead(
        in_channels=[data[n].shape[1] for n in names],
        branch_channels=[data[n].shape[0] for n in names],
        num_classes=2)
    with torch.no_grad():
        for name, branch in zip(names, head.branches):
            branch.weight.copy_(data[name])
        head.fuse.weight.copy_(data['w_f9'])
    return head


def features(data: dict[str, Tensor]) -> tuple[Tensor, ...]:
    """The feature maps of a file."""
    return data['conv4'], data['conv5'], data['conv6']
