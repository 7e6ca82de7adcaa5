"""Networks that draw masks of objects from boxes and points."""
from .exits_generator import ExitsGenerator
from .mask_net import ObjectMaskNet
from .point_retriever import PointRetriever, Retrieval

__all__ = ['ExitsGenerator', 'ObjectMaskNet', 'PointRetriever', 'Retrieval']
