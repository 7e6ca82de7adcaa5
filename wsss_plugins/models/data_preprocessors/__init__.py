"""From batches of samples to what networks take."""
from .object_preprocessor import ObjectDataPreprocessor

__all__ = ['ObjectDataPreprocessor']
