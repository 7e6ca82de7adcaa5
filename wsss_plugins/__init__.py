"""Weakly supervised segmentation: plugins for MMSegmentation and MMDetection.

Importing the package is cheap: it registers the scope ``wsss_plugins`` with
mmengine's config reader, keeps back what OpenMMLab prints of parts that are
not installed, and nothing else. Components are imported by their
registries when a config first names one of them.
"""
from .version import __version__

try:
    from .compat import quiet_imports, register_scopes
except ModuleNotFoundError as error:
    # ``ops``, ``structures`` and ``check_env`` work without OpenMMLab.
    if error.name.split('.')[0] != 'mmengine':
        raise
else:
    register_scopes()
    quiet_imports()

__all__ = ['__version__']
