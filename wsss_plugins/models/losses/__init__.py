"""Losses of weakly supervised methods."""
from .affinity_loss import AffinityLoss
from .constrain_loss import ConstrainLoss
from .crf_consistency_loss import CRFConsistencyLoss
from .dice import dice_loss
from .displacement_loss import DisplacementLoss
from .eps_loss import EPSLoss, eps_loss
from .expand_loss import ExpandLoss, expand_loss
from .gcn_losses import GCNLoss
from .mil_loss import MILLoss, mil_loss
from .multilabel_loss import MultiLabelSoftMarginLoss
from .point_loss import PointLoss, point_loss
from .seed_loss import SeedLoss, seed_loss
from .sub_category_loss import SubCategoryLoss

__all__ = [
    'CRFConsistencyLoss', 'MILLoss', 'PointLoss', 'dice_loss', 'mil_loss',
    'point_loss',
    'GCNLoss',
    'AffinityLoss',
    'DisplacementLoss',
    'ConstrainLoss', 'EPSLoss', 'ExpandLoss', 'MultiLabelSoftMarginLoss',
    'SeedLoss', 'SubCategoryLoss', 'eps_loss', 'expand_loss', 'seed_loss'
]
