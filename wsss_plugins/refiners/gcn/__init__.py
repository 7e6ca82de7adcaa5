"""Refinement by a graph convolutional network for each image (WSGCN)."""
from ...listing import export_types

__all__ = export_types(globals())
