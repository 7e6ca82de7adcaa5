"""Hooks, and what they work with."""
from .hooks import (
    DisplacementMeanHook,
    StepSeedHook,
    SubCategoryClusteringHook,
)

__all__ = [
    'DisplacementMeanHook', 'StepSeedHook', 'SubCategoryClusteringHook'
]
