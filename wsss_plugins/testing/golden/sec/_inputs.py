"""What SEC's golden files share."""
from pathlib import Path

import torch
from torch import Tensor

from wsss_plugins.ops.cam.rank_pooling import softmax_with_floor
from wsss_plugins.testing.arrays import load_tensors


def with_inputs(path: Path, kind: str) -> tuple[dict, dict]:
    """A file, and the inputs that it was made from."""
    return load_tensors(path), load_tensors(
        path.with_name(path.name.replace(kind, 'inputs', 1)))


def leaves(inputs: dict[str, Tensor],
            dtype: torch.dtype = torch.float32) -> tuple[Tensor, Tensor]:
    """Logits that want a gradient, and their probabilities."""
    logits = inputs['logits'].to(dtype, copy=True).requires_grad_()
    probs = softmax_with_floor(logits)
    probs.retain_grad()
    return logits, probs


def image_labels(inputs: dict[str, Tensor]) -> Tensor:
    """Multi-hot image-level labels without the background, (N, C - 1)."""
    return inputs['onehot'].flatten(1)[:, 1:]


def crf_images(inputs: dict[str, Tensor]) -> Tensor:
    return small_images(inputs).permute(0, 3, 1, 2)


def small_images(inputs: dict[str, Tensor]) -> Tensor:
    """Images at the size of the maps, (N, h, w, 3); the size is named."""
    (images, ) = [v for k, v in inputs.items()
                  if k.startswith('image_bgr_') and v.ndim == 4]
    return images
