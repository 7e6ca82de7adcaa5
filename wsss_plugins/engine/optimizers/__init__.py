"""How parameters are put into an optimizer's groups."""
from ...listing import export_types

__all__ = export_types(globals())
