"""Segmentors."""
from .cam_segmentor import CAMSegmentor
from .multi_scale_max import MultiScaleMaxSegmentor

__all__ = ['CAMSegmentor', 'MultiScaleMaxSegmentor']
