"""Metrics and writers of the stages."""
from .cam_sweep import CAMSweepMetric
from .counting import CountingMetric
from .cue_metric import CueMetric
from .cue_writers import CueWriter, GradientMapWriter
from .instance_folder import InstanceWriter
from .instance_iou_metric import InstanceIoUMetric
from .instance_writer import PseudoInstanceWriter
from .palette_iou import PaletteIoUMetric
from .pseudo_mask_metric import PseudoMaskMetric
from .stamp import claim_folder
from .writers import CAMWriter, PseudoMaskWriter

__all__ = [
    'CAMSweepMetric', 'CAMWriter', 'CountingMetric', 'CueMetric', 'CueWriter',
    'GradientMapWriter', 'InstanceIoUMetric', 'InstanceWriter',
    'PaletteIoUMetric',
    'PseudoInstanceWriter', 'PseudoMaskMetric', 'PseudoMaskWriter',
    'claim_folder'
]
