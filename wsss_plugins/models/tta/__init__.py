"""Test-time augmentation of CAMs and of segmentors."""
from ...listing import export_types

__all__ = export_types(globals())
# What the catalog calls the types of this folder.
KIND = 'test-time model'
