"""The review page of a workspace: a local server and what it serves."""
from .server import serve

__all__ = ['serve']
