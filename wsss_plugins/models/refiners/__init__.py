"""Refiners of class maps: ``refiner(class_maps, image) -> ClassMaps``."""
from .chain import RefinerChain
from .crf_refiner import DenseCRFRefiner
from .final_crf_refiner import FinalCRFRefiner
from .gcn_batch import GraphSample
from .gcn_refiner import GCNRefiner

__all__ = [
    'DenseCRFRefiner', 'FinalCRFRefiner', 'GCNRefiner', 'GraphSample',
    'RefinerChain'
]
