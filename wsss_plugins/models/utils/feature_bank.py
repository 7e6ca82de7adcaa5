"""Features of the training images, recorded during training."""
import torch
from torch import Tensor, nn

from ...structures import UserError


class FeatureBank(nn.Module):
    """A moving average of each image's pooled feature.

    Saves the pass over all images that exact features need; but these
    features come from augmented crops, with dropout, and from weights that
    were still changing. Buffers ``features``, float16 (N, d), and ``seen``,
    bool (N,).

    Args:
        num_images (int): N.
        channels (int): d.
        momentum (float): Share of the old value. Defaults to 0.5.
    """

    def __init__(self,
                 num_images: int,
                 channels: int,
                 momentum: float = .5) -> None:
        super().__init__()
        if not 0 <= momentum < 1:
            raise UserError(f'bank_momentum={momentum}; choose 0 to below 1')
        self.momentum = momentum
        self.recent: tuple[Tensor, Tensor] | None = None
        self.register_buffer(
            'features',
            torch.zeros((num_images, channels), dtype=torch.float16))
        self.register_buffer('seen', torch.zeros(num_images, dtype=torch.bool))

    @torch.no_grad()
    def update(self, rows: Tensor, features: Tensor) -> None:
        """Add the features of a batch.

        Args:
            rows (Tensor): Of the images, int64 (n,); an image that comes
                twice is averaged first.
            features (Tensor): (n, d).
        """
        unique, index = torch.unique(rows, return_inverse=True)
        weights = torch.nn.functional.one_hot(index, len(unique)).float()
        means = (weights / weights.sum(dim=0)).T @ features.float()
        keep = self.momentum * self.seen[unique][:, None]
        mixed = keep * self.features[unique] + (1 - keep) * means
        self.features[unique] = mixed.to(self.features.dtype)
        self.seen[unique] = True
