"""Metrics and writers of the stages."""
from ..listing import export_types

__all__ = export_types(globals())
