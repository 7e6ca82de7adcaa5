"""Weights of other projects under our names."""
from .check import check_checkpoint
from .efficientnet_lite import convert_efficientnet_lite
from .large_fov import convert_large_fov
from .mobilenet_v2 import convert_mobilenet_v2
from .mxnet_params import read_mxnet_params
from .rename import convert_state_dict
from .resnet38 import convert_resnet38
from .vgg16 import convert_vgg16
from .vit import convert_vit, mal_name
from .weight_files import load_weights, save_weights

__all__ = [
    'check_checkpoint', 'convert_efficientnet_lite', 'convert_large_fov',
    'convert_mobilenet_v2', 'convert_resnet38',
    'convert_state_dict', 'convert_vgg16', 'convert_vit', 'load_weights',
    'mal_name',
    'read_mxnet_params', 'save_weights'
]
