"""From clicks or boxes to masks of objects, and a detector."""
from .run import Settings, label_objects

__all__ = ['Settings', 'label_objects']
