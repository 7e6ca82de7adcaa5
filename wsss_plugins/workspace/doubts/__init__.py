"""Reasons to doubt a mask; a module of this package adds one."""
from ...listing import export_types

__all__ = export_types(globals())
