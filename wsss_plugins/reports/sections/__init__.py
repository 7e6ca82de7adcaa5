"""Sections of the page, one a file."""
from ...listing import export_types

__all__ = export_types(globals())
