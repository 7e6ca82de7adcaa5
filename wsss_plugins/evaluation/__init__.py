"""Metrics and writers of the stages."""
from .cam_sweep import CAMSweepMetric
from .counting import CountingMetric
from .pseudo_mask_metric import PseudoMaskMetric
from .stamp import claim_folder
from .writers import CAMWriter, PseudoMaskWriter

__all__ = [
    'CAMSweepMetric', 'CAMWriter', 'CountingMetric', 'PseudoMaskMetric',
    'PseudoMaskWriter', 'claim_folder'
]
