"""Backbones that no OpenMMLab package has."""
from ...listing import export_types

__all__ = export_types(globals())
