"""Networks that predict masks of objects from boxes and points."""
from ...listing import export_types

__all__ = export_types(globals())
