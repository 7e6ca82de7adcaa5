"""Visualizers of mmengine's runner."""
from ...listing import export_types

__all__ = export_types(globals())
