"""Losses of weakly supervised methods."""
from .eps_loss import EPSLoss, eps_loss
from .multilabel_loss import MultiLabelSoftMarginLoss

__all__ = ['EPSLoss', 'MultiLabelSoftMarginLoss', 'eps_loss']
