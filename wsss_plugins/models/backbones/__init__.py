"""Backbones that no OpenMMLab package has."""
from .deeplab_vgg16 import DeepLabVGG16
from .mobilenet_v2 import MobileNetV2Top
from .mobilenet_v2_levels import MobileNetV2Levels
from .resnet38 import ResNet38
from .resnet_stem import ResNetWithStem
from .vgg16_fc import LargeFOVVGG16
from .vit import PatchViT

__all__ = [
    'PatchViT',
    'LargeFOVVGG16',
    'DeepLabVGG16', 'MobileNetV2Levels', 'MobileNetV2Top', 'ResNet38',
    'ResNetWithStem'
]
