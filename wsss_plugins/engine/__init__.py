"""Hooks, and what they work with."""
from .hooks import (
    DisplacementMeanHook,
    StepSeedHook,
    SubCategoryClusteringHook,
    TeacherHook,
)

__all__ = [
    'DisplacementMeanHook', 'StepSeedHook', 'SubCategoryClusteringHook',
    'TeacherHook'
]
