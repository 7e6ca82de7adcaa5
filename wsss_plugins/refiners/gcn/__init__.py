"""Refinement by a graph convolutional network (GCN) per image (WSGCN)."""
from ...listing import export_types

__all__ = export_types(globals())
