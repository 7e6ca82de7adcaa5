"""What people have: a folder of images, and labels of some kind."""
from .prepare import Prepared, prepare

__all__ = ['Prepared', 'prepare']
