"""Point retrieval of EXITS: from four points to many labeled patches."""
from typing import NamedTuple

import torch
from torch import Tensor

from ...ops.points.propagation import METHODS, contrast
from ...ops.points.seeds import (
    UNITS,
    PatchSets,
    Retrieved,
    hull_box,
    point_targets,
    retrieve,
    seed_patches,
)
from ...registry import MODELS
from ...structures import UserError
from .retrieval_quality import (
    patch_truth,
    retrieval_quality,
    split_objects,
    true_patches,
)

SOURCES = ('similarity', 'truth')


class Retrieval(NamedTuple):
    """Targets of the point loss.

    Attributes:
        labels: Y, patches of the object, bool (B, rows, columns).
        known: K, patches with a label, bool (B, rows, columns).
        empty: Objects without a retrieved patch, bool (B,).
        seeds: The sets from the points and the box.
        found: The retrieved sets, before dropout.
        quality: Precision and recall of the retrieved sets, see
            :func:`~.retrieval_quality.retrieval_quality`; empty without
            ground truth.
    """
    labels: Tensor
    known: Tensor
    empty: Tensor
    seeds: PatchSets
    found: Retrieved
    quality: dict[str, Tensor] = {}

    def statistics(self) -> dict[str, Tensor]:
        """Scalars to log: patches found per object, share without any.

        With ground truth of the objects also their precision and recall.
        """
        return dict(
            self.quality,
            retrieved_fg=self.found.foreground.sum(dim=1).float().mean(),
            retrieved_bg=self.found.background.sum(dim=1).float().mean(),
            fallback_rate=self.empty.float().mean())


@MODELS.register_module()
class PointRetriever:
    r"""Find patches similar to the extreme points or to the background.

    EXITS, https://arxiv.org/abs/2405.20729, Sec. 3. The paper does not give
    its parameters; the defaults are our choice.

    Args:
        alpha (int): Power of the transition. Defaults to 2. Scores shrink as
            it grows, so a threshold in units of ``'uniform'`` suits one
            alpha. Choose an even one: attention may point from the object to
            its surroundings, and such a similarity flips the sign of the
            scores with each step.
        sinkhorn_rounds (int): Defaults to 3.
        sinkhorn_tol (float | None): See
            :func:`~.sinkhorn_scalings`. Defaults to None.
        tau_fg, tau_bg (float): Thresholds of ``pi_f - pi_b``. Default to 0.5
            and -0.5.
        tau_unit (str): ``'uniform'`` (default), one over the number of
            patches; ``'std'``, standard deviations from the mean within the
            box; or ``'spread'``, the same from zero, see
            :func:`wsss_plugins.ops.points.seeds.retrieve`.
        delta (float): Distance by which points move inward, in pixels of
            the crop. Defaults to 16.
        dropout (float): Share of the retrieved patches (not of the seeds)
            that is left out at random in each step. Defaults to 0.5.
        layers (tuple[int, ...]): Blocks whose similarity is averaged.
            Defaults to the last.
        source (str): ``'similarity'`` (default), the paper's; ``'truth'``,
            every patch of the box by its ground truth: an upper bound, which
            tells whether the retrieval or the generator is the limit.
        method (str): ``'implicit'`` (default), ``'vector'`` or ``'power'``,
            see :func:`wsss_plugins.ops.points.propagation.walk`.

    Raises:
        ValueError: If a number is out of range or the method not known.
    """

    def __init__(self,
                 alpha: int = 2,
                 sinkhorn_rounds: int = 3,
                 sinkhorn_tol: float | None = None,
                 tau_fg: float = .5,
                 tau_bg: float = -.5,
                 tau_unit: str = 'uniform',
                 delta: float = 16.,
                 dropout: float = .5,
                 layers: tuple[int, ...] = (-1, ),
                 source: str = 'similarity',
                 method: str = 'implicit') -> None:
        if alpha < 0 or sinkhorn_rounds < 0 or not 0 <= dropout < 1:
            raise ValueError(
                f'alpha={alpha} and sinkhorn_rounds={sinkhorn_rounds} must '
                f'not be negative, and dropout={dropout} be in [0, 1)')
        if method not in METHODS or tau_unit not in UNITS:
            raise ValueError(f'method={method!r} must be one of {METHODS} '
                             f'and tau_unit={tau_unit!r} one of {UNITS}')
        self.alpha = alpha
        self.sinkhorn_rounds = sinkhorn_rounds
        self.sinkhorn_tol = sinkhorn_tol
        self.tau_fg = tau_fg
        self.tau_bg = tau_bg
        self.tau_unit = tau_unit
        self.delta = delta
        self.dropout = dropout
        if source not in SOURCES:
            raise ValueError(f'source={source!r} must be one of {SOURCES}')
        self.source = source
        self.layers = tuple(layers)
        self.method = method

    @torch.no_grad()
    def __call__(self,
                 similarity: Tensor,
                 points: Tensor,
                 grid: tuple[int, int],
                 size: tuple[int, int],
                 boxes: Tensor | None = None,
                 valid: Tensor | None = None,
                 masks: Tensor | None = None) -> Retrieval:
        """Retrieve the patches of objects.

        Args:
            similarity (Tensor): Of the patches, (B, n, n).
            points (Tensor): x and y of top, left, bottom and right, pixels
                of the crop, (B, 4, 2).
            grid (tuple[int, int]): Rows and columns of patches.
            size (tuple[int, int]): Height and width of the crop.
            boxes (Tensor | None): x0, y0, x1, y1 of the object, pixels of
                the crop, (B, 4). Defaults to the box of the points.
            valid (Tensor | None): Patches that show the image, bool (B, n):
                the padding gets no label. Defaults to all.
            masks (Tensor | None): Ground truth in the crops, 0 and 1,
                (B, S, S): for ``quality``, and for ``source='truth'``.

        Returns:
            Retrieval: See there.

        Raises:
            ValueError: If the grid does not fit the similarity.
            UserError: If ``source`` needs ground truth, and there is none.
        """
        if similarity.shape[-1] != grid[0] * grid[1]:
            raise ValueError(f'similarity of {similarity.shape[-1]} patches '
                             f'does not fit a grid of {tuple(grid)}')
        if boxes is None:
            boxes = hull_box(points)
        seeds = seed_patches(points, boxes, grid, size, self.delta, valid)
        truth = None if masks is None else patch_truth(masks, grid)
        found = self._found(similarity, seeds, truth, valid)
        empty = ~(found.foreground | found.background).any(dim=1)
        labels, known = point_targets(seeds, self.drop(found))
        return Retrieval(
            labels.unflatten(1, grid), known.unflatten(1, grid), empty, seeds,
            found, {} if truth is None else retrieval_quality(
                found, seeds, truth, split_objects(masks)))

    def _found(self, similarity: Tensor, seeds: PatchSets,
               truth: Tensor | None, valid: Tensor | None) -> Retrieved:
        """The retrieved sets, before dropout."""
        if self.source == 'truth':
            if truth is None:
                raise UserError(
                    "PointRetriever: source='truth' needs the objects' masks; "
                    'set keep_masks=True of the training data set, and give '
                    'it a file with masks')
            return true_patches(truth, seeds.box, valid)
        score = contrast(
            similarity,
            seeds.foreground,
            seeds.background,
            alpha=self.alpha,
            rounds=self.sinkhorn_rounds,
            tol=self.sinkhorn_tol,
            method=self.method)
        return retrieve(score, seeds.box, self.tau_fg, self.tau_bg, valid,
                        self.tau_unit)

    def drop(self, found: Retrieved) -> Retrieved:
        """Leave out patches of both sets, independently at random.

        The seeds are labeled whether they are in these sets or not.
        """
        if not self.dropout:
            return found
        kept = (torch.rand(x.shape, device=x.device) >= self.dropout
                for x in found)
        return Retrieved(*(x & keep for x, keep in zip(found, kept)))
