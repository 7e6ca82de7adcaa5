"""Rounds of SC-CAM within one run: cluster, label, restart."""
import logging
from bisect import bisect_right
from collections.abc import Sequence
from pathlib import Path

import torch
from mmengine.dist import all_gather, broadcast, is_main_process
from mmengine.hooks import EMAHook, Hook
from mmengine.logging import print_log
from mmengine.runner import BaseLoop, Runner
from torch import Tensor, nn
from tqdm import tqdm

from ...models.heads.sub_category_head import SubCategoryHead
from ...models.utils.feature_bank import FeatureBank
from ...ops.cluster.kmeans import KMeans
from ...ops.cluster.sub_labels import ClassClusters, cluster_by_class
from ...registry import HOOKS
from ...structures import UserError
from ..image_features import extract_features
from ..image_set import LabeledImageSet
from ..restart import (
    StartingState,
    bare_model,
    checkpoint_of,
    load_backbone,
    redraw_layer,
    renew_network,
)
from .fit import fit_sub_head
from .log import describe, log_round

_LABELS = 'decode_head.labels.'
_BANK = 'decode_head.bank.'


def _choice(name: str, value: str, known: Sequence[str]) -> None:
    if value not in known:
        raise UserError(f'SubCategoryClusteringHook: {name}={value!r}; choose '
                        f'one of {", ".join(map(repr, known))}')


@HOOKS.register_module()
class SubCategoryClusteringHook(Hook):
    """Assigns the labels of a :class:`SubCategoryHead`, round by round.

    SC-CAM (https://arxiv.org/abs/2008.01183), Sec. 3.3: the images of each
    class are clustered by their pooled features, the network learns the
    clusters as sub-categories, and its features are clustered again. Rounds
    begin before the iterations ``begins``; before the first round the network
    is a plain classifier.

    With ``restart='network'`` rounds are those of the paper: only labels are
    kept; weights, optimizer and schedule are reset, so a schedule is that of
    *one* round. With ``restart='sub_head'`` training continues, and only the
    sub-category classifier is initialized again, since its columns change
    their meaning.

    Checkpoints contain the labels, so a run can be interrupted and resumed at
    any iteration. All ranks extract their share of the features, the first
    rank clusters, and all take its labels. A class with fewer than K
    different images gets that many sub-categories, a class without images
    none; both are logged.

    Args:
        begins (Sequence[int]): Iterations, counted from 0, before which a
            round begins; increasing. ``(0, )`` clusters once, at the start.
        restart (str): ``'network'`` or ``'sub_head'``.
        feature_checkpoint (str, optional): The first round takes features of
            this network instead of the one in training: a checkpoint, or the
            work dir of a training. The paper begins with that of PSA.
        feature_source (str): ``'eval_pass'``, exact features of whole images
            in evaluation mode, or ``'bank'``, averages of the features seen
            in training, at no extra cost (:class:`FeatureBank`; not the
            paper's).
        bank_momentum (float): Of the bank. Defaults to 0.5.
        feature_norm (str, optional): ``'l2'`` normalizes the features before
            clustering. The paper does not.
        pipeline (Sequence[dict], optional): Transforms of an image for its
            feature. Defaults to the image at its own size, as the paper.
        batch_size (int): Maximum number of images at once. Defaults to 8.
        num_workers (int): Of the loader for features. Defaults to 2.
        fit_weight_decay (float, optional): The classifier of sub-categories
            begins each round at its convex fit
            (:func:`wsss_plugins.ops.cam.linear_fit.fit_linear`) on the
            features that were clustered, with this weight decay. Defaults to
            None, random weights as the paper. Only with
            ``restart='sub_head'`` and features as they are.
        n_init, max_iter, tol, subspace: Of :class:`KMeans`.
        seed (int): Of clustering, and of layers that are initialized again.
            Defaults to 0.
        out_dir (str, optional): Folder for ``round_R.npz``
            (:class:`SubCategories`). Defaults to ``sub_categories`` in the
            work dir.

    Raises:
        UserError: If an option is out of range, or does not fit the model,
            the data or other hooks.
    """
    priority = 'HIGH'

    def __init__(self,
                 begins: Sequence[int],
                 restart: str = 'network',
                 feature_checkpoint: str | None = None,
                 feature_source: str = 'eval_pass',
                 bank_momentum: float = .5,
                 feature_norm: str | None = None,
                 pipeline: Sequence[dict] | None = None,
                 batch_size: int = 8,
                 num_workers: int = 2,
                 fit_weight_decay: float | None = None,
                 n_init: int = 10,
                 max_iter: int = 300,
                 tol: float = 1e-4,
                 subspace: int | None = 64,
                 seed: int = 0,
                 out_dir: str | None = None) -> None:
        self.begins = list(begins)
        if not self.begins or self.begins[0] < 0 or any(
                a >= b for a, b in zip(self.begins, self.begins[1:])):
            raise UserError(f'SubCategoryClusteringHook: begins={begins}; '
                            'give increasing iterations, 0 or more')
        _choice('restart', restart, ('network', 'sub_head'))
        _choice('feature_source', feature_source, ('eval_pass', 'bank'))
        _choice('feature_norm', feature_norm, (None, 'l2'))
        if fit_weight_decay is not None and (
                restart != 'sub_head' or feature_norm is not None
                or feature_checkpoint is not None or not fit_weight_decay > 0):
            raise UserError(
                f'SubCategoryClusteringHook: fit_weight_decay='
                f"{fit_weight_decay} must be positive, with restart='sub_head'"
                ', and features of the network that goes on: no feature_norm, '
                'no feature_checkpoint')
        self.fit_weight_decay = fit_weight_decay
        self.restart = restart
        self.feature_checkpoint = feature_checkpoint
        self.feature_source = feature_source
        self.bank_momentum = bank_momentum
        self.feature_norm = feature_norm
        self.pipeline = pipeline
        self.batch_size = batch_size
        self.num_workers = num_workers
        self.kmeans_options = dict(
            n_init=n_init, max_iter=max_iter, tol=tol, subspace=subspace)
        self.seed = seed
        self.out_dir = out_dir

    def before_run(self, runner: Runner) -> None:
        """Prepare the labels before checkpoints are loaded."""
        if not isinstance(runner._train_loop, BaseLoop):
            return  # not a training: the loop is only a config, or None
        self.head = self._head(runner)
        dataset = runner.train_dataloader.dataset
        self.images = LabeledImageSet(dataset, self.pipeline)
        found = self.images.num_foreground
        if found != self.head.num_foreground:
            raise UserError(
                f'the data set has {found} classes, the head '
                f'{self.head.num_foreground}; set num_classes of the head to '
                'the classes of the data set, background included')
        self.classes = self._class_names(dataset.metainfo)
        self.head.labels.reserve(self.images.names)
        if self.feature_source == 'bank':
            self._make_bank(self.head)
        if self.restart == 'network':
            self._check_restart(runner)
        self.start = StartingState(runner)

    def _head(self, runner: Runner) -> SubCategoryHead:
        head = getattr(bare_model(runner), 'decode_head', None)
        if not isinstance(head, SubCategoryHead):
            raise UserError('SubCategoryClusteringHook: the decode head is '
                            f'{type(head).__name__}; wrap it into '
                            'wsss_plugins.SubCategoryHead(parent=...)')
        return head

    def _class_names(self, metainfo: dict) -> list[str]:
        names = metainfo['classes']
        return [names[i] for i in self.head.foreground]

    def _make_bank(self, head: SubCategoryHead) -> None:
        if self.begins[0] == 0 and self.feature_checkpoint is None:
            raise UserError("feature_source='bank': there are no features "
                            'before iteration 0; begin later')
        head.bank = FeatureBank(
            len(self.images), head.conv_sub.in_channels,
            self.bank_momentum).to(head.conv_sub.weight.device)

    @staticmethod
    def _check_restart(runner: Runner) -> None:
        if any(isinstance(hook, EMAHook) for hook in runner.hooks):
            raise UserError("restart='network' would average weights over "
                            "restarts; drop EMAHook, or set "
                            "restart='sub_head'")
        if runner._load_from is not None and not runner._resume:
            raise UserError(
                f"load_from={runner._load_from}: restart='network' begins "
                'each round from init_cfg; put the weights there, as '
                "dict(type='Pretrained', checkpoint=...), or set "
                "restart='sub_head'")

    def before_train(self, runner: Runner) -> None:
        """Check the labels of a checkpoint."""
        labels, bank = self.head.labels, self.head.bank
        if not runner._resume:
            # Weights may have been loaded; labels are assigned in this run.
            labels.reserve(self.images.names)
            if bank is not None:
                bank.seen.zero_()
        elif not labels.is_about(self.images.names):
            raise UserError(
                f'the checkpoint has labels of {len(labels.keys)} images, not '
                f'of the {len(self.images)} of the data set; resume with the '
                'same list of images')
        self.round = int(labels.round)
        if self.feature_checkpoint is not None and not self.round:
            checkpoint_of(self.feature_checkpoint, 'feature_checkpoint')
        late = [b for b in self.begins if b >= runner.max_iters]
        if late:
            print_log(f'sub-categories: {len(late)} rounds would begin after '
                      f'the last iteration, {runner.max_iters}: skipped',
                      logger='current', level=logging.WARNING)

    def before_train_iter(self,
                          runner: Runner,
                          batch_idx: int,
                          data_batch: dict | None = None) -> None:
        """Begin a round if one is due."""
        due = bisect_right(self.begins, runner.iter)
        if due > self.round:
            self._begin_round(runner, due)

    def after_train_iter(self,
                         runner: Runner,
                         batch_idx: int,
                         data_batch: dict | None = None,
                         outputs: dict | None = None) -> None:
        """Update the bank with the features of all ranks, on each of them."""
        bank = self.head.bank
        if bank is not None and bank.recent is not None:
            rows, features = (torch.cat(all_gather(x)) for x in bank.recent)
            bank.update(rows, features)
            bank.recent = None

    def _begin_round(self, runner: Runner, number: int) -> None:
        print_log(f'sub-categories: round {number} of {len(self.begins)}',
                  logger='current')
        features = self._features(runner, number)
        clusters = self._clusters(features, number)
        previous = self.head.labels.table.clone()
        self._renew(runner, number)
        self.head.labels.install(clusters.table, clusters.counts, number)
        if self.fit_weight_decay is not None:
            fit_sub_head(self.head, features, self.fit_weight_decay)
        self.round = number
        if is_main_process():
            device = features.device
            found = describe(self.classes, self.images.names, features,
                             clusters, previous.to(device), number)
            log_round(found, self.head.num_sub)
            folder = Path(self.out_dir or
                          Path(runner.work_dir) / 'sub_categories')
            found.save(folder / f'round_{number}.npz')

    def _features(self, runner: Runner, number: int) -> Tensor:
        """Features of all images, (N, d), on the device of the model."""
        model: nn.Module = bare_model(runner)
        from_file = number == 1 and self.feature_checkpoint is not None
        if self.feature_source == 'bank' and not from_file:
            features = self._bank_features()
        else:
            if from_file:
                model = load_backbone(model, self.feature_checkpoint,
                                      'feature_checkpoint')
            features = extract_features(model, self.images, self.batch_size,
                                        self.num_workers)
        if not features.isfinite().all():
            raise UserError(f'round {number} of sub-categories: features are '
                            'not finite; the training has diverged, lower '
                            'the learning rate')
        if self.feature_norm == 'l2':
            features = torch.nn.functional.normalize(features)
        return features.to(self.head.conv_sub.weight.device)

    def _bank_features(self) -> Tensor:
        unseen = (~self.head.bank.seen).nonzero()[:, 0].tolist()
        if unseen:
            raise UserError(
                f"feature_source='bank': {len(unseen)} images have no "
                f"features yet, such as '{self.images.names[unseen[0]]}'; "
                'begin the first round after an epoch')
        return self.head.bank.features.float()

    def _clusters(self, features: Tensor, number: int) -> ClassClusters:
        """Cluster on the first rank; all ranks take its labels."""
        head = self.head
        kmeans = KMeans(head.num_sub, seed=self.seed, **self.kmeans_options)
        table = torch.full(head.labels.table.shape, -1).to(features.device)
        counts = torch.zeros(head.num_foreground).long().to(features.device)
        clusters = ClassClusters(table, counts, features, features)
        if is_main_process():
            present = self.images.present.to(features.device)
            clusters = cluster_by_class(
                features, present, kmeans,
                lambda loop: tqdm(loop, desc='clusters', unit='class'))
        broadcast(clusters.table)
        broadcast(clusters.counts)
        return clusters

    def _renew(self, runner: Runner, number: int) -> None:
        """Reset the network, or only the sub-category classifier."""
        seed = self.seed + number
        if self.restart == 'sub_head':
            redraw_layer(runner, self.head.conv_sub, seed)
            return
        renew_network(runner, (_LABELS, _BANK), seed)
        self.start.restore(runner)
