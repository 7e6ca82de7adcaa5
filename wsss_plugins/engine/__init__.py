"""Hooks, and what they work with."""
from .hooks import (
    DisplacementMeanHook,
    StepSeedHook,
    SubCategoryClusteringHook,
    TeacherHook,
)
from .schedulers import WarmupHalfCosineLR

__all__ = [
    'DisplacementMeanHook', 'StepSeedHook', 'SubCategoryClusteringHook',
    'TeacherHook', 'WarmupHalfCosineLR'
]
