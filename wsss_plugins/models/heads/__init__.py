"""Decode heads."""
from .affinity_head import AffinityHead
from .cam_head import CAMHead
from .deeplab_heads import DeepLabV2Head, LargeFOVHead
from .eps_head import EPSHead
from .fc_classifier_head import FCClassifierHead
from .ir_head import IRHead
from .mal_mask_decoder import MALMaskDecoder
from .psa_cam_head import SqrtCAMHead
from .sec_cam_head import SECCAMHead
from .sec_head import SECHead, SECLossMixin, SECStockHead
from .sub_category_head import SubCategoryHead

__all__ = [
    'MALMaskDecoder',
    'SqrtCAMHead',
    'AffinityHead',
    'IRHead',
    'CAMHead', 'DeepLabV2Head', 'EPSHead', 'FCClassifierHead',
    'LargeFOVHead', 'SECCAMHead', 'SECHead', 'SECLossMixin',
    'SECStockHead', 'SubCategoryHead'
]
