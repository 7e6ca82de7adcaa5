"""Networks, heads, losses and refiners."""
from .backbones import DeepLabVGG16, MobileNetV2Top, ResNet38
from .data_preprocessor import WSSSDataPreProcessor
from .heads import CAMHead, DeepLabV2Head, EPSHead, LargeFOVHead
from .losses import EPSLoss, MultiLabelSoftMarginLoss, eps_loss
from .precomputed import PrecomputedModel
from .refiners import DenseCRFRefiner
from .segmentors import CAMSegmentor, MultiScaleMaxSegmentor
from .tta import CAMTTAModel, CRFSegTTAModel

__all__ = [
    'CAMHead', 'CAMSegmentor', 'CAMTTAModel', 'CRFSegTTAModel',
    'DeepLabV2Head', 'DeepLabVGG16', 'DenseCRFRefiner', 'EPSHead',
    'EPSLoss', 'LargeFOVHead',
    'MobileNetV2Top', 'MultiLabelSoftMarginLoss', 'MultiScaleMaxSegmentor',
    'PrecomputedModel', 'ResNet38', 'WSSSDataPreProcessor', 'eps_loss'
]
