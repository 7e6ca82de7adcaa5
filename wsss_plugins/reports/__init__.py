"""The page at the end of a pipeline, and the parts that it is made of.

Columns of the image grid, sections and results are registered types: a new
one is a new file in ``columns``, ``sections`` or ``results``, or a module of
your own that the pipeline file names in ``custom_imports``.
"""
from ..listing import export_types

__all__ = export_types(globals())
