"""Weights of other projects under our names."""
from .check import check_checkpoint
from .mobilenet_v2 import convert_mobilenet_v2
from .mxnet_params import read_mxnet_params
from .resnet38 import convert_resnet38

__all__ = [
    'check_checkpoint', 'convert_mobilenet_v2', 'convert_resnet38',
    'read_mxnet_params'
]
