"""What several heads and segmentors share."""
from ...listing import export_types

__all__ = export_types(globals())
