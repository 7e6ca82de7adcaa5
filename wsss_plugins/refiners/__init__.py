"""Refiners of class activation maps (CAMs)."""
from ..listing import export_types

__all__ = export_types(globals())
