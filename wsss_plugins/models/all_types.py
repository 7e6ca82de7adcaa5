"""All types of this folder: what the registries import."""
from .. import models

__all__ = list(models.__all__)
