"""Hooks of mmengine's runner."""
from .step_seed_hook import StepSeedHook
from .sub_category_hook import SubCategoryClusteringHook

__all__ = ['StepSeedHook', 'SubCategoryClusteringHook']
