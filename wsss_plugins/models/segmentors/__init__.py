"""Segmentors."""
from .affinity_segmentor import AffinitySegmentor
from .cam_segmentor import CAMSegmentor
from .ir_segmentor import IRSegmentor
from .multi_scale_max import MultiScaleMaxSegmentor
from .saliency_segmentor import GradientSaliencySegmentor
from .sub_category_segmentor import SubCategoryCAMSegmentor

__all__ = [
    'AffinitySegmentor',
    'IRSegmentor',
    'CAMSegmentor', 'GradientSaliencySegmentor', 'MultiScaleMaxSegmentor',
    'SubCategoryCAMSegmentor'
]
