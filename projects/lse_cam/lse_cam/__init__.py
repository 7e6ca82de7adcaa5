"""Log-sum-exp pooling for image-level classifiers."""
from .lse_cam_head import LSECAMHead

__all__ = ['LSECAMHead']
