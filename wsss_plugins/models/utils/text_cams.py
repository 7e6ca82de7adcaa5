"""CAMs of one image from words, with every value on the way."""
from dataclasses import dataclass

import torch
from torch import Tensor

from ...ops.attention.affinity import AttentionAffinity
from ..backbones.clip_vit import LastBlock

# Bytes of a backward pass, of as many classes at once as fit.
_BUDGET = 1 << 29


@dataclass(frozen=True, eq=False)
class TextCAMs:
    """What was computed for the K classes of an image.

    Attributes:
        block (LastBlock): Of the network.
        logits (Tensor): Of the classes, then the background words, (K + M,).
        activations (Tensor): Of the patches, (D, h, w).
        gradients (Tensor): Of the classes' probabilities, (K, D, h, w).
        weights (Tensor): Of the channels, (K, D).
        raw (Tensor): Weighted activations, (K, h, w).
        cams (Tensor): Their positive parts in [0, 1], (K, h, w).
        boxes (Tensor): Masks of the CAMs' boxes, bool (K, h, w).
        affinity (AttentionAffinity): Of the patches.
        spread (Tensor): CAMs after the walk, (K, h, w).
        refined (Tensor): The same in [0, 1], (K, h, w).
    """
    block: LastBlock
    logits: Tensor
    activations: Tensor
    gradients: Tensor
    weights: Tensor
    raw: Tensor
    cams: Tensor
    boxes: Tensor
    affinity: AttentionAffinity
    spread: Tensor
    refined: Tensor


def batched_gradients(outputs: Tensor, inputs: Tensor, directions: Tensor,
                      memory: int = 0) -> Tensor:
    """Gradients of several combinations of outputs in one backward pass.

    Args:
        outputs (Tensor): (n, ), of a graph that is freed.
        inputs (Tensor): Leaf of the graph.
        directions (Tensor): Weights of the outputs in each, (K, n).
        memory (int): Bytes that one combination takes; passes are cut so
            that they stay within a budget. 0 for one pass.

    Returns:
        Tensor: (K, ...), each of the shape of ``inputs``.
    """
    size = max(_BUDGET // memory, 1) if memory else len(directions)
    parts = directions.split(max(size, 1))
    found = []
    for number, part in enumerate(parts):
        grads, = torch.autograd.grad(
            outputs, inputs, part, is_grads_batched=True,
            retain_graph=number < len(parts) - 1)
        found.append(grads)
    return torch.cat(found)
