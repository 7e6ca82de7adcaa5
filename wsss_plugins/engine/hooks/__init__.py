"""Hooks of mmengine's runner."""
from .displacement_mean_hook import DisplacementMeanHook
from .step_seed_hook import StepSeedHook
from .sub_category_hook import SubCategoryClusteringHook
from .teacher_hook import TeacherHook

__all__ = [
    'DisplacementMeanHook', 'StepSeedHook', 'SubCategoryClusteringHook',
    'TeacherHook'
]
