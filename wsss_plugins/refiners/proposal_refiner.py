"""Refinement by mask proposals: objects end where masks do."""
from collections.abc import Sequence

import numpy as np

from ..ops.proposals.overlaps import OverlapRule
from ..registry import REFINERS
from ..structures import ClassMaps, UserError
from ..structures.proposal_folder import load_proposals
from ..structures.proposals import Proposals
from .base import Refiner, RefinerSample
from .proposal_rules import OverlapLabels, VoteRule

RULES = ('vote', 'overlap')


@REFINERS.register_module()
class ProposalRefiner(Refiner):
    """Give mask proposals classes by the CAMs, by one of two rules.

    Proposals are made by ``tools/make_proposals.py``, of superpixels or by a
    promptable segmenter. The result has one class at each pixel; for a CRF
    after it, take ``FinalCRFRefiner(unary='labels')``.

    Args:
        folder (str): Of the proposals, ``NAME.json``
            (:class:`wsss_plugins.structures.proposals.Proposals`), or a
            folder ``NAME`` of masks.
        rule (str): ``'vote'``: a mask gets the class whose CAM is greatest
            on average (:class:`.VoteRule`); ``'overlap'``: classes of the
            label map take the masks that they overlap
            (:class:`.OverlapRule`). Defaults to ``'vote'``.
        max_area (float): Masks that cover more of the image tell nothing
            and are left out, in (0, 1]. Defaults to 0.95; 1 for the
            published rules.
        background (int): Dataset class index of the background.
        cam_threshold (float): Background threshold of CAMs where there is no
            proposal, and for ``'overlap'``. Defaults to 0.5.
        **options: Of the rule.

    Raises:
        UserError: If an argument is out of range or the rule is not known;
            later, if proposals of an image are missing or of another size.
    """

    def __init__(self,
                 folder: str,
                 rule: str = 'vote',
                 max_area: float = .95,
                 background: int = 0,
                 cam_threshold: float = .5,
                 **options) -> None:
        if not 0 < max_area <= 1:
            raise UserError(f'ProposalRefiner: max_area={max_area} is not in '
                            '(0, 1]')
        self.folder = folder
        self.max_area = max_area
        self.background = background
        self.cam_threshold = cam_threshold
        self.rule = self._built(rule, options)

    def _built(self, rule: str, options: dict) -> VoteRule | OverlapLabels:
        if rule not in RULES:
            raise UserError(f'ProposalRefiner: rule={rule!r} is not one of '
                            f'{", ".join(RULES)}')
        try:
            if rule == 'vote':
                return VoteRule(**options)
            return OverlapLabels(OverlapRule(**options), self.cam_threshold)
        except (TypeError, ValueError) as error:
            raise UserError(f'ProposalRefiner: rule {rule!r}: {error}'
                            ) from None

    def refine(self, samples: Sequence[RefinerSample]) -> list[ClassMaps]:
        """Refine the CAMs of images, one by one.

        Args:
            samples (Sequence[RefinerSample]): CAMs or class probabilities.

        Returns:
            list[ClassMaps]: Probabilities at full resolution, background
            first.
        """
        return [self._refined(sample) for sample in samples]

    def _refined(self, sample: RefinerSample) -> ClassMaps:
        maps = sample.maps
        proposals = self.proposals_of(sample)
        own = maps.labels != self.background
        labels = np.concatenate([[self.background], maps.labels[own]])
        if len(labels) == 1:
            return ClassMaps(labels, np.ones((1, *maps.size), np.float32),
                             maps.size)
        if len(proposals):
            mask = self.rule.label_map(maps, self.background, proposals)
        else:
            mask = OverlapLabels(threshold=self.cam_threshold).labels_of(
                maps, self.background)
        one_hot = (mask[None] == labels[:, None, None]).astype(np.float32)
        return ClassMaps(labels, one_hot, maps.size)

    def proposals_of(self, sample: RefinerSample) -> Proposals:
        """Proposals of an image that tell something."""
        found = load_proposals(self.folder, sample.name, sample.maps.size)
        most = self.max_area * np.prod(found.size)
        return found.selected(np.flatnonzero(found.areas <= most))
