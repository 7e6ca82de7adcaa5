"""Refiners of class activation maps."""
from ..listing import export_types

__all__ = export_types(globals())
