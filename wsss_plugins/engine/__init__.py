"""Hooks, schedulers, and what they work with."""
from ..listing import export_types

__all__ = export_types(globals())
