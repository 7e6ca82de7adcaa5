"""Refiners of class maps: ``refiner(class_maps, image) -> ClassMaps``."""
from .crf_refiner import DenseCRFRefiner
from .gcn_batch import GraphSample
from .gcn_refiner import GCNRefiner

__all__ = ['DenseCRFRefiner', 'GCNRefiner', 'GraphSample']
