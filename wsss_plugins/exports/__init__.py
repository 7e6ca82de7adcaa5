"""Formats that masks are handed on in, and taken back from."""
from .base import MaskFormat, MaskItem, Notes, all_formats, load_format

__all__ = ['MaskFormat', 'MaskItem', 'Notes', 'all_formats', 'load_format']
