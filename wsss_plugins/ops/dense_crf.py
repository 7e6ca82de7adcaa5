"""The documented name of the dense CRF; see :mod:`wsss_plugins.ops.crf`."""
from .crf.dense_crf import DenseCRF

__all__ = ['DenseCRF']
