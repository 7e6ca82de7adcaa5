"""A linear CAM head by a convex fit on cached features."""
from ...listing import export_types

__all__ = export_types(globals())
