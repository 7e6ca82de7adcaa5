"""Hooks, and what they work with."""
from .hooks import StepSeedHook, SubCategoryClusteringHook

__all__ = ['StepSeedHook', 'SubCategoryClusteringHook']
