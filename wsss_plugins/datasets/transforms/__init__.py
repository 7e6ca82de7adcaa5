"""Transforms of image-level and object data."""
from ...listing import export_types

__all__ = export_types(globals())
