"""VGG16: from torchvision's or Caffe's names to :class:`DeepLabVGG16`."""
import re
from collections.abc import Mapping

from torch import Tensor

from ..backbones import DeepLabVGG16
from .rename import convert_state_dict, unknown_name

_NETWORK = 'VGG16 without batch norm'
# Convolutions in each of the five blocks, VGG (ICLR 2015), Table 1, D.
_CONVS = (2, 2, 3, 3, 3)
# The ImageNet classifier, also where it has become convolutions: SSD's and
# DeepLab's fc6 and fc7, at 31 and 33 of the former's `features`.
_DROPPED = re.compile(r'(classifier\.\d+|fc[678]\w*|features\.3[13])'
                      r'\.(weight|bias)')
_TORCHVISION = re.compile(r'features\.([0-9]|[12]\d|30)\.(weight|bias)')
_CAFFE = re.compile(r'conv([1-5])_([1-3])\.(weight|bias)')


def convert_vgg16(state: Mapping[str, Tensor],
                  source: str) -> dict[str, Tensor]:
    """Rename weights of VGG16 without batch norm.

    Values are as they were: Caffe's want BGR images of 0 to 255 minus their
    mean, torchvision's RGB images with ImageNet's mean and deviation. The
    config's data preprocessor must say which.

    Args:
        state (Mapping[str, Tensor]): With torchvision's names
            (``features.0.weight``) or Caffe's (``conv1_1.weight``).
        source (str): Its file, for messages.

    Returns:
        dict[str, Tensor]: State dict of the backbone, without classifier.

    Raises:
        UserError: If the weights are not those of VGG16.
    """
    return convert_state_dict(state, vgg16_name, DeepLabVGG16, source,
                              _NETWORK)


def vgg16_name(name: str, source: str) -> str | None:
    """Our name of a weight, e.g. ``conv1_1.weight``.

    Raises:
        UserError: If it is no name of the network.
    """
    if _DROPPED.fullmatch(name):
        return None
    if _TORCHVISION.fullmatch(name):
        return name
    match = _CAFFE.fullmatch(name)
    if not match or int(match[2]) > _CONVS[int(match[1]) - 1]:
        raise unknown_name(name, source, _NETWORK)
    block, conv = int(match[1]), int(match[2])
    # Each convolution is followed by a ReLU, each block by a pool.
    before = sum(2 * count + 1 for count in _CONVS[:block - 1])
    return f'features.{before + 2 * (conv - 1)}.{match[3]}'
