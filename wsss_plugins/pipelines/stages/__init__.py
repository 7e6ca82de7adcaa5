"""Stages and report entries that pipeline files are built from, by idea.

Every function returns a dict of a pipeline's ``stages`` or ``report``, or a
list of them; ``{X}`` in it is a placeholder of
:class:`wsss_plugins.pipelines.pipeline.Pipeline`.
"""
from ...listing import export_types

__all__ = export_types(globals())
