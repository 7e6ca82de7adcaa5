"""Refiners of class maps: ``refiner(class_maps, image) -> ClassMaps``."""
from .crf_refiner import DenseCRFRefiner

__all__ = ['DenseCRFRefiner']
