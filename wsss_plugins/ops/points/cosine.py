"""Similarity of patches by the direction of their features."""
import torch
import torch.nn.functional as F
from torch import Tensor


def cosine_similarity(features: Tensor, temperature: float = .2) -> Tensor:
    """A positive matrix that Sinkhorn's scalings take.

    Args:
        features (Tensor): Of each patch, (B, C, h, w).
        temperature (float): Of the exponential; the smaller, the more the
            nearest features count. Defaults to 0.2.

    Returns:
        Tensor: ``exp((cos(i, j) - 1) / temperature)``, in (0, 1], symmetric,
        1 on the diagonal; float32, or float64 of float64 features,
        (B, h * w, h * w).

    Raises:
        ValueError: If the temperature is not positive or the features are no
            maps.
    """
    if temperature <= 0 or features.ndim != 4:
        raise ValueError(f'temperature={temperature} must be positive and '
                         f'features {tuple(features.shape)} (B, C, h, w)')
    with torch.autocast(features.device.type, enabled=False):
        wide = torch.promote_types(features.dtype, torch.float32)
        unit = F.normalize(features.to(wide).flatten(2), dim=1)
        cosine = torch.bmm(unit.mT, unit)
        return ((cosine - 1) / temperature).exp_()
