"""Image-level and object data sets, and their transforms."""
from ..listing import export_types

__all__ = export_types(globals(), skip=('converters', 'tinyvoc'))
