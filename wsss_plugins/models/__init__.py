"""Networks, heads and losses.

They are imported when the first one is asked for: reading and converting
weights does without OpenMMLab.
"""
from ..listing import lazy_types

__getattr__, __dir__ = lazy_types(
    globals(), skip=('all_types', 'converters'))
