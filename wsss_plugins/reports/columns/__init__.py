"""Columns of the image grid, one kind a file."""
from ...listing import export_types

__all__ = export_types(globals())
