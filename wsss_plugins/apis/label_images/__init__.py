"""From images and a table of labels to masks, a segmentor and a report."""
from .run import Settings, label_images

__all__ = ['Settings', 'label_images']
