"""Decode heads."""
from .cam_head import CAMHead
from .deeplab_heads import DeepLabV2Head, LargeFOVHead
from .eps_head import EPSHead

__all__ = ['CAMHead', 'DeepLabV2Head', 'EPSHead', 'LargeFOVHead']
