"""What a classifier says of images that it was not fitted to."""
import hashlib
import os
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from ...ops.cam.linear_fit import LinearFit
from ...structures import write_json
from ..image_set import LabeledImageSet

Solve = Callable[[Tensor, Tensor], LinearFit]


def fold_of(name: str, folds: int) -> int:
    """Fold of an image: the same, whatever other images there are."""
    digest = hashlib.sha256(name.encode()).digest()
    return int.from_bytes(digest[:8], 'big') % folds


def held_out_scores(features: Tensor, present: Tensor, names: Sequence[str],
                    folds: int, solve: Solve) -> Tensor:
    """Probability of each class by a head that never saw the image.

    Args:
        features (Tensor): Pooled features of the views, float32 (N, V, D).
        present (Tensor): Labels, bool (N, C).
        names (Sequence[str]): Of the images; they decide the folds.
        folds (int): At least 2.
        solve (Callable): Fits a head to features (M, V, D) and labels (M, C).

    Returns:
        Tensor: Mean over the views, float32 (N, C) in [0, 1]; of a fold
            without other images, 0.5.
    """
    of = torch.tensor([fold_of(name, folds) for name in names])
    scores = torch.full(present.shape, .5)
    for fold in of.unique().tolist():
        out, rest = of == fold, of != fold
        if rest.any():
            fit = solve(features[rest], present[rest])
            logits = features[out] @ fit.weight.float().T
            if fit.bias is not None:
                logits = logits + fit.bias.float()
            scores[out] = logits.sigmoid().mean(dim=1)
    return scores


def average_precision(scores: Tensor, present: Tensor) -> float:
    """Area under precision and recall, every hit a step.

    Args:
        scores (Tensor): Float (N, ).
        present (Tensor): Bool (N, ).

    Returns:
        float: In [0, 1]; NaN without a positive.
    """
    hits = present[scores.argsort(descending=True, stable=True)].double()
    precision = hits.cumsum(0) / torch.arange(1, len(hits) + 1)
    return float((precision * hits).sum() / hits.sum())


def mean_ap(scores: Tensor, present: Tensor) -> float:
    """Mean average precision of the classes that any image shows."""
    found = [average_precision(scores[:, c], present[:, c])
             for c in range(present.shape[1]) if present[:, c].any()]
    return sum(found) / len(found) if found else float('nan')


def write_scores(path: str | os.PathLike, images: LabeledImageSet,
                 scores: Tensor) -> None:
    """Write ``{"images": {name: [p, ...]}, "ap": [...]}``, by class index.

    Args:
        path (str | PathLike): Target.
        images (LabeledImageSet): Gives names and labels.
        scores (Tensor): (N, C) in [0, 1].
    """
    present = images.present
    ap = [round(average_precision(scores[:, c], present[:, c]), 4)
          if present[:, c].any() else None for c in range(scores.shape[1])]
    write_json(path, dict(
        ap=ap,
        images={name: [round(p, 4) for p in row] for name, row in zip(
            images.names, scores.tolist())}), indent=0)
