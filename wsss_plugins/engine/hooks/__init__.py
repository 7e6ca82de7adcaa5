"""Hooks of mmengine's runner."""
from .displacement_mean_hook import DisplacementMeanHook
from .step_seed_hook import StepSeedHook
from .sub_category_hook import SubCategoryClusteringHook

__all__ = [
    'DisplacementMeanHook', 'StepSeedHook', 'SubCategoryClusteringHook'
]
