"""SC-CAM's sub-category classifier, added to any CAM head."""
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from mmengine.model import BaseModule
from mmseg.utils import ConfigType, SampleList
from torch import Tensor, nn

from ...ops.cluster.sub_labels import sub_targets, used_columns
from ...registry import MODELS
from ...structures import UserError
from ..utils.feature_bank import FeatureBank
from ..utils.sub_labels import SubLabels
from .cam_head import CAMHead


@contextmanager
def _inputs_of(layer: nn.Module) -> Iterator[list[Tensor]]:
    """A list that gets the inputs of a layer while the block runs."""
    seen: list[Tensor] = []
    handle = layer.register_forward_pre_hook(
        lambda _, inputs: seen.append(inputs[0]))
    try:
        yield seen
    finally:
        handle.remove()


@MODELS.register_module()
class SubCategoryHead(BaseModule):
    """A CAM head with a classifier of sub-categories of its classes.

    SC-CAM (Y.-T. Chang et al., Weakly-Supervised Semantic Segmentation via
    Sub-category Exploration, CVPR 2020, https://arxiv.org/abs/2008.01183):
    both classifiers are 1x1 convolutions of the same feature after the same
    dropout, ``L = L_parent + lambda L_sub``. CAMs are the parent's;
    :class:`wsss_plugins.SubCategoryCAMSegmentor` merges those of the
    sub-categories instead. :class:`wsss_plugins.SubCategoryClusteringHook`
    assigns the labels, which ``labels`` holds; before the first round there
    are none and only the parent learns.

    Loads checkpoints of the plain parent head as well.

    Args:
        parent (dict): Config of :class:`CAMHead` or a subclass, such as
            :class:`EPSHead`; it may compute anything before its classifier.
        num_sub (int): Sub-categories of each class, K. Defaults to 10.
        loss_sub (dict, optional): Config of the loss of sub-categories.
            Defaults to ``dict(type='wsss_plugins.SubCategoryLoss')``.
        init_cfg (dict, optional): Defaults to Xavier uniform.

    Raises:
        UserError: If ``parent`` is no CAM head, or ``num_sub`` is below 1.
    """

    def __init__(self,
                 parent: dict,
                 num_sub: int = 10,
                 loss_sub: dict | None = None,
                 init_cfg: dict | None = None) -> None:
        super().__init__(init_cfg or dict(
            type='Xavier',
            distribution='uniform',
            override=dict(name='conv_sub')))
        if not isinstance(num_sub, int) or num_sub < 1:
            raise UserError(f'SubCategoryHead: num_sub={num_sub!r}; choose '
                            'a whole number from 1')
        self.parent = MODELS.build(parent)
        if not isinstance(self.parent, CAMHead):
            raise UserError(
                f'SubCategoryHead: parent is {type(self.parent).__name__}; '
                'choose wsss_plugins.CAMHead or one of its subclasses')
        self.num_sub = num_sub
        self.conv_sub = nn.Conv2d(
            self.parent.conv_seg.in_channels,
            self.num_foreground * num_sub,
            kernel_size=1,
            bias=False)
        self.loss_sub = MODELS.build(
            loss_sub or dict(type='wsss_plugins.SubCategoryLoss'))
        self.labels = SubLabels(self.num_foreground)
        self.bank: FeatureBank | None = None
        self.predicts_sub_maps = False

    # Attributes that segmentors read from a decode head are the parent's.

    @property
    def num_foreground(self) -> int:
        """Classes without the background, C."""
        return self.parent.num_foreground

    @property
    def num_classes(self) -> int:
        """Classes of the data set, background included."""
        return self.parent.num_classes

    @property
    def out_channels(self) -> int:
        """Equal to ``num_classes``."""
        return self.parent.out_channels

    @property
    def foreground(self) -> list[int]:
        """Dataset class index of each foreground class."""
        return self.parent.foreground

    @property
    def background(self) -> int:
        """Dataset class index of the background."""
        return self.parent.background

    @property
    def bg_threshold(self) -> float:
        """Background threshold of predicted masks."""
        return self.parent.bg_threshold

    @property
    def align_corners(self) -> bool:
        """How predictions are resized."""
        return self.parent.align_corners

    def pooled_features(self, inputs: tuple[Tensor, ...]) -> Tensor:
        """Global average of the feature that is classified, float32 (N, d).

        Images are clustered by it, before the dropout of the classifiers;
        call it in evaluation mode, in which other dropout is off.
        """
        return self._run_parent(inputs)[1].float().mean(dim=(2, 3))

    def classify(self,
                 inputs: tuple[Tensor, ...]) -> tuple[Tensor, Tensor]:
        """Raw maps of the parent, and those of sub-categories.

        Both read the same feature after the same dropout.

        Args:
            inputs (tuple[Tensor]): Feature maps of the backbone.

        Returns:
            tuple[Tensor, Tensor]: (N, P, h, w) and (N, C * K, h, w).
        """
        maps, _, classified = self._run_parent(inputs)
        return maps, self.conv_sub(classified)

    def _run_parent(
            self,
            inputs: tuple[Tensor, ...]) -> tuple[Tensor, Tensor, Tensor]:
        """The parent's maps, and its feature before and after dropout.

        Recording the inputs of its layers works for every parent, whatever
        it computes before.
        """
        last = self.parent.conv_seg
        dropout = self.parent.dropout
        with _inputs_of(last) as after, _inputs_of(dropout or last) as before:
            maps = self.parent(inputs)
        return maps, before[0], after[0]

    def loss(self, inputs: tuple[Tensor, ...], batch_data_samples: SampleList,
             train_cfg: ConfigType) -> dict[str, Tensor]:
        """Losses of the parent, and of sub-categories if they have labels.

        Args:
            inputs (tuple[Tensor]): Feature maps of the backbone.
            batch_data_samples (list[SegDataSample]): With image-level labels,
                and whatever the parent needs.
            train_cfg (dict): Not used.

        Returns:
            dict[str, Tensor]: The parent's losses, ``loss_sub``, and
            ``sub_accuracy``: the share of pairs (image, class of the image)
            whose best sub-category is the labeled one.
        """
        maps, feature, classified = self._run_parent(inputs)
        if self.bank is not None:
            pooled = feature.detach().float().mean(dim=(2, 3))
            self.bank.recent = self._rows(batch_data_samples), pooled
        losses = self.parent.loss_by_feat(maps, batch_data_samples)
        losses.update(
            self.sub_losses(self.conv_sub(classified), batch_data_samples))
        return losses

    def sub_losses(self, sub_maps: Tensor,
                   batch_data_samples: SampleList) -> dict[str, Tensor]:
        """``loss_sub`` and ``sub_accuracy`` from raw maps."""
        scores = sub_maps.float().mean(dim=(2, 3))
        if not self.labels.assigned:
            # A zero that depends on the weights: all ranks must use the same
            # parameters.
            return dict(loss_sub=scores.sum() * 0.)
        rows = self.labels.table[self._rows(batch_data_samples)]
        targets = sub_targets(rows, self.num_sub)
        used = used_columns(self.labels.counts, self.num_sub)
        loss = self.loss_sub(scores, targets, used, self.num_sub)
        return dict(
            loss_sub=loss, sub_accuracy=self._accuracy(scores, rows))

    @torch.no_grad()
    def _accuracy(self, scores: Tensor, rows: Tensor) -> Tensor:
        best = scores.view(*rows.shape, self.num_sub).argmax(dim=2)
        shown = rows >= 0
        right = ((best == rows) & shown).sum()
        return right / shown.sum().clamp(min=1)

    def _rows(self, samples: SampleList) -> Tensor:
        names = []
        for sample in samples:
            if 'sample_name' not in sample:
                raise UserError(
                    f'{sample.get("img_path")}: no sample_name to look its '
                    'sub-categories up by; pack with '
                    'wsss_plugins.PackWSSSInputs and keep its meta_keys')
            names.append(sample.sample_name)
        return self.labels.rows(names)

    def forward(self, inputs: tuple[Tensor, ...]) -> Tensor:
        """Raw maps for :meth:`class_maps`.

        Those of the parent, followed by those of sub-categories if they are
        predicted.
        """
        if not self.predicts_sub_maps:
            return self.parent(inputs)
        return torch.cat(self.classify(inputs), dim=1)

    def _parent_maps(self, maps: Tensor) -> Tensor:
        return maps[:, :self.parent.conv_seg.out_channels]

    def scores(self, maps: Tensor) -> Tensor:
        """The parent's class scores before the sigmoid, (N, C)."""
        return self.parent.scores(self._parent_maps(maps))

    def class_maps(self, maps: Tensor) -> Tensor:
        """CAMs, at least 0, from the result of :meth:`forward`.

        The parent's, (N, C, h, w), or with ``predicts_sub_maps`` those of
        sub-categories, (N, C * K, h, w); unused columns are 0.
        """
        if not self.predicts_sub_maps:
            return self.parent.class_maps(maps)
        sub_maps = maps[:, self.parent.conv_seg.out_channels:].relu()
        if self.labels.round:
            used = used_columns(self.labels.counts, self.num_sub)
            sub_maps = sub_maps * used[:, None, None]
        return sub_maps

    def predict(self, inputs: tuple[Tensor, ...],
                batch_img_metas: list[dict], test_cfg: ConfigType) -> Tensor:
        """The parent's, for the stock ``EncoderDecoder``."""
        return self.parent.predict(inputs, batch_img_metas, test_cfg)

    def predict_by_feat(self, seg_logits: Tensor,
                        batch_img_metas: list[dict]) -> Tensor:
        """The parent's, from the result of :meth:`forward`."""
        return self.parent.predict_by_feat(
            self._parent_maps(seg_logits), batch_img_metas)

    def _load_from_state_dict(self, state_dict: dict, prefix: str, *args,
                              **kwargs) -> None:
        """Accept the weights of a plain parent head under its own names."""
        for name in list(self.parent.state_dict()):
            plain, own = prefix + name, f'{prefix}parent.{name}'
            if plain in state_dict and own not in state_dict:
                state_dict[own] = state_dict.pop(plain)
        super()._load_from_state_dict(state_dict, prefix, *args, **kwargs)
