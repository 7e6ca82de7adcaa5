"""Backbones that no OpenMMLab package has."""
from .deeplab_vgg16 import DeepLabVGG16
from .mobilenet_v2 import MobileNetV2Top
from .resnet38 import ResNet38

__all__ = ['DeepLabVGG16', 'MobileNetV2Top', 'ResNet38']
