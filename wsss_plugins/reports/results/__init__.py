"""Results of stages, read from their JSON files, one kind a file."""
from ...listing import export_types

__all__ = export_types(globals())
