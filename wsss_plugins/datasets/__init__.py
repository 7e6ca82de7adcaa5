"""Image-level and object data sets, and their transforms.

They are imported when the first one is asked for: converters and the
generated data set do without OpenMMLab.
"""
from ..listing import lazy_types

__getattr__, __dir__ = lazy_types(
    globals(), skip=('all_types', 'converters', 'tinyvoc'))
