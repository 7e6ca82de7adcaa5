"""Sub-category clustering in rounds within a run (SC-CAM)."""
from ...listing import export_types

__all__ = export_types(globals())
