"""Networks, heads, losses and refiners."""
from .backbones import (
    DeepLabVGG16,
    LargeFOVVGG16,
    MobileNetV2Levels,
    MobileNetV2Top,
    PatchViT,
    ResNet38,
    ResNetWithStem,
)
from .data_preprocessor import WSSSDataPreProcessor
from .data_preprocessors import ObjectDataPreprocessor
from .generators import ExitsGenerator, ObjectMaskNet, PointRetriever
from .heads import (
    AffinityHead,
    CAMHead,
    DeepLabV2Head,
    EPSHead,
    FCClassifierHead,
    IRHead,
    LargeFOVHead,
    MALMaskDecoder,
    SECCAMHead,
    SECHead,
    SECStockHead,
    SqrtCAMHead,
    SubCategoryHead,
)
from .losses import (
    AffinityLoss,
    ConstrainLoss,
    CRFConsistencyLoss,
    DisplacementLoss,
    EPSLoss,
    ExpandLoss,
    GCNLoss,
    MILLoss,
    MultiLabelSoftMarginLoss,
    PointLoss,
    SeedLoss,
    SubCategoryLoss,
    eps_loss,
)
from .precomputed import PrecomputedModel
from .refiners import DenseCRFRefiner, FinalCRFRefiner, GCNRefiner
from .segmentors import (
    AffinitySegmentor,
    CAMSegmentor,
    GradientSaliencySegmentor,
    IRSegmentor,
    MultiScaleMaxSegmentor,
    SubCategoryCAMSegmentor,
)
from .tta import CAMTTAModel, CRFSegTTAModel
from .tta_strided import StridedCAMTTAModel

__all__ = [
    'ObjectDataPreprocessor',
    'CRFConsistencyLoss', 'ExitsGenerator', 'MALMaskDecoder', 'MILLoss',
    'ObjectMaskNet', 'PatchViT', 'PointLoss', 'PointRetriever',
    'GCNLoss',
    'GCNRefiner',
    'StridedCAMTTAModel',
    'SqrtCAMHead',
    'LargeFOVVGG16',
    'ResNetWithStem',
    'MobileNetV2Levels',
    'IRSegmentor',
    'IRHead',
    'DisplacementLoss',
    'AffinitySegmentor',
    'AffinityLoss',
    'AffinityHead',
    'CAMHead', 'CAMSegmentor', 'CAMTTAModel', 'CRFSegTTAModel',
    'ConstrainLoss', 'DeepLabV2Head', 'DeepLabVGG16', 'DenseCRFRefiner',
    'EPSHead', 'FinalCRFRefiner',
    'EPSLoss', 'ExpandLoss', 'FCClassifierHead', 'GradientSaliencySegmentor',
    'LargeFOVHead',
    'MobileNetV2Top', 'MultiLabelSoftMarginLoss', 'MultiScaleMaxSegmentor',
    'PrecomputedModel', 'ResNet38', 'SECCAMHead', 'SECHead', 'SECStockHead',
    'SeedLoss', 'SubCategoryCAMSegmentor', 'SubCategoryHead',
    'SubCategoryLoss', 'WSSSDataPreProcessor',
    'eps_loss'
]
