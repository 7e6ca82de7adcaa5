"""All types of this folder: what the registries import."""
from .. import datasets

__all__ = list(datasets.__all__)
