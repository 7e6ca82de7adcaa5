"""Saliency maps of photos by a public detector, for recipes that read them."""
from .detector import Detector, find_detector
from .folder import make_saliency

__all__ = ['Detector', 'find_detector', 'make_saliency']
