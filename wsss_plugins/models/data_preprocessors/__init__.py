"""From batches of samples to what networks take."""
from ...listing import export_types

__all__ = export_types(globals())
