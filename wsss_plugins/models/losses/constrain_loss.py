r"""Constrain-to-boundary loss of SEC: the network agrees with its own CRF.

A. Kolesnikov and C. H. Lampert: Seed, Expand and Constrain: Three Principles
for Weakly-Supervised Image Segmentation, ECCV 2016,
https://arxiv.org/abs/1603.06098, Sec. 3.4.
"""
import os

import numpy as np
import torch
from torch import Tensor, nn

from ...ops.crf.ahead import CRFAhead
from ...ops.crf.dense_crf import DenseCRF
from ...registry import MODELS

CRF_GRADIENTS = ('none', 'legacy_diag')
# The CRF of the paper: the defaults of its authors on full images, with all
# distances divided by 12, for 41 x 41 maps of images of about 500 pixels.
SEC_CRF = dict(
    iterations=10,
    pos_compat=3,
    pos_sxy=3,
    bi_compat=10,
    bi_sxy=80,
    bi_srgb=13,
    scale=12)


def crf_log_probs(crf: DenseCRF | CRFAhead,
                  images: Tensor | None,
                  logits: Tensor,
                  min_prob: float = 1e-4) -> Tensor:
    """Log probabilities of a dense CRF on a batch of logits.

    The unary energies are the negative logits, as in the reference code: the
    mean field starts with a softmax, so this is the same as log
    probabilities, but for the floor of
    :func:`wsss_plugins.ops.cam.rank_pooling.softmax_with_floor`. Results below
    ``min_prob`` are set to it, then all are divided by their sum.

    Args:
        crf (DenseCRF | CRFAhead): The CRF, or one that has its images.
        images (Tensor, optional): Uint8 (N, 3, h, w) at the size of the
            logits. The order of the channels changes the result of lattice
            backends a little; the reference has BGR here.
        logits (Tensor): (N, C, h, w).
        min_prob (float): Defaults to 1e-4.

    Returns:
        Tensor: Log Q, (N, C, h, w), float32 (float64 if the logits are),
        without gradient.
    """
    precise = torch.promote_types(logits.dtype, torch.float32)
    energies = -logits.detach().float()
    if isinstance(crf, CRFAhead):
        probs = crf.infer(energies)
    else:
        probs = crf.infer(images.permute(0, 2, 3, 1), energies)
    probs = probs.to(precise).clamp(min=min_prob)
    return (probs / probs.sum(dim=1, keepdim=True)).log()


def boundary_divergence(probs: Tensor, log_q: Tensor) -> Tensor:
    r"""Mean Kullback-Leibler divergence from the CRF's result.

    .. math::
        L_{constrain} = \frac{1}{N n} \sum_{b,u} \sum_c Q \log \frac{Q}{p}

    Args:
        probs (Tensor): p above 0, (N, C, h, w), n = h w.
        log_q (Tensor): log Q, (N, C, h, w).

    Returns:
        Tensor: Scalar. Differentiable in both inputs.
    """
    return (log_q.exp() * (log_q - probs.log())).sum(dim=1).mean()


def diagonal_gradient(probs: Tensor, log_q: Tensor) -> Tensor:
    r"""Gradient that the first release of SEC's code sent through its CRF.

    The derivative of the loss by log Q times 1 - Q, as if Q were a softmax
    of the logits whose entries do not mix:

    .. math::
        (1 - Q) \frac{\partial L}{\partial \log Q} =
        (1 - Q) \frac{Q (\log(Q / p) + 1)}{N n}

    Args:
        probs (Tensor): p, (N, C, h, w).
        log_q (Tensor): log Q, (N, C, h, w).

    Returns:
        Tensor: Addition to the gradient of the logits, (N, C, h, w).
    """
    q, log_p = log_q.exp(), probs.detach().log()
    pixels = probs.numel() // probs.shape[1]
    return (1 - q) * q * (log_q - log_p + 1) / pixels


@MODELS.register_module()
class ConstrainLoss(nn.Module):
    """SEC's constrain-to-boundary loss.

    The CRF's lattices depend on the images alone: :meth:`look_ahead` begins
    them in threads, beside the network, and gives what the loss takes in
    place of the images. The loss is the same.

    Args:
        crf (dict, optional): Arguments of
            :class:`~.dense_crf.DenseCRF` that are other than
            the paper's: iterations=10, pos_compat=3, pos_sxy=3,
            bi_compat=10, bi_sxy=80, bi_srgb=13 and scale=12. ``scale`` is the
            ratio of the size of the images that the distances are meant for
            to that of the map (500 / 41 in the paper; its map is 8 times
            smaller than the network's input). ``backend='exact'`` runs the
            exact kernel on the device of the logits. ``threads`` defaults
            to the processors that there are for this rank, 4 at most.
        min_prob (float): Minimum probability of the CRF's result. Defaults
            to 1e-4.
        crf_grad (str): ``'none'``: the result of the CRF is a constant, as
            in the last release of the reference code and all ports.
            ``'legacy_diag'``: as in its first release, which gave the
            published numbers, :func:`diagonal_gradient` is added to the
            gradient of the logits. (The paper speaks of gradients through
            the CRF; no public code has them.) Defaults to ``'none'``.
        loss_weight (float): Defaults to 1.

    Raises:
        ValueError: If an argument is out of its range.
    """

    def __init__(self,
                 crf: dict | None = None,
                 min_prob: float = 1e-4,
                 crf_grad: str = 'none',
                 loss_weight: float = 1.) -> None:
        super().__init__()
        if not 0 < min_prob < 1:
            raise ValueError(f'min_prob={min_prob} is not in (0, 1)')
        if crf_grad not in CRF_GRADIENTS:
            raise ValueError(f'crf_grad={crf_grad!r}; choose one of '
                             f'{", ".join(CRF_GRADIENTS)}')
        self.crf = DenseCRF(**{**SEC_CRF, 'threads': _threads(),
                               **(crf or {})})
        self.min_prob = min_prob
        self.crf_grad = crf_grad
        self.loss_weight = loss_weight

    def look_ahead(self, images: np.ndarray) -> CRFAhead:
        """Begin what the CRF can do before there are logits.

        Args:
            images (np.ndarray): Uint8 (N, 3, h, w), on the host.

        Returns:
            CRFAhead: For :meth:`forward`, once.
        """
        return CRFAhead(self.crf, images.transpose(0, 2, 3, 1))

    def forward(self, probs: Tensor, logits: Tensor,
                images: Tensor | CRFAhead) -> dict[str, Tensor]:
        """Compute the loss.

        Args:
            probs (Tensor): Probabilities above 0 of the logits, (N, C, h, w).
            logits (Tensor): (N, C, h, w).
            images (Tensor | CRFAhead): Uint8 (N, 3, h, w), or what
                :meth:`look_ahead` made of them.

        Returns:
            dict[str, Tensor]: ``loss_constrain``.

        Raises:
            ValueError: If shapes differ, or the images are not uint8.
        """
        crf = images if isinstance(images, CRFAhead) else self.crf
        size = (len(logits), 3, *logits.shape[2:])
        if crf is self.crf and (images.shape != size
                                or images.dtype != torch.uint8):
            raise ValueError(f'images {images.dtype} {tuple(images.shape)} '
                             f'are not uint8 {size}')
        if probs.shape != logits.shape:
            raise ValueError(f'probabilities {tuple(probs.shape)} are not '
                             f'those of logits {tuple(logits.shape)}')
        with torch.autocast(logits.device.type, enabled=False):
            log_q = crf_log_probs(crf, images, logits, self.min_prob)
            probs = probs.to(log_q.dtype)
            loss = boundary_divergence(probs, log_q)
            if self.crf_grad == 'legacy_diag':
                extra = diagonal_gradient(probs, log_q)
                loss = loss + _only_gradient(logits, extra)
        return dict(loss_constrain=self.loss_weight * loss)


def _threads() -> int:
    """Threads for the CRF of a rank, that data workers leave to it."""
    ranks = int(os.environ.get('LOCAL_WORLD_SIZE') or 1)
    there = (len(os.sched_getaffinity(0))
             if hasattr(os, 'sched_getaffinity') else os.cpu_count() or 1)
    return max(1, min(4, there // ranks))


def _only_gradient(logits: Tensor, gradient: Tensor) -> Tensor:
    """Zero whose gradient by the logits is the given one."""
    difference = logits.to(gradient) - logits.detach().to(gradient)
    return (difference * gradient).sum()
