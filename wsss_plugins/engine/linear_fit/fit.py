"""From a runner to a fitted head."""
import logging
from collections.abc import Sequence
from pathlib import Path

import torch
from mmengine.dist import is_main_process
from mmengine.logging import print_log
from mmengine.runner import Runner
from torch import Tensor, nn
from torch.utils.data import Dataset

from ...ops.cam.linear_fit import LinearFit, fit_linear
from ...structures import UserError
from ..image_set import LabeledImageSet
from ..restart import bare_model
from .classifier import cam_head_of, classifier_of, set_classifier
from .feature_file import FeatureFile, network_key
from .features import pooled_features
from .held_out import held_out_scores, mean_ap, write_scores
from .one_rank import solved_once

# Entries of a backbone's config that only matter in training: weights count
# by their values, and features are made in evaluation mode.
_NO_MATTER = ('init_cfg', 'pretrained', 'frozen_stages', 'norm_eval',
              'with_cp', 'drop_path_rate')
# Times the tolerance that a gradient may have where no step makes it less.
_NEARLY = 10


class LinearHeadFit:
    """Fits the classifier of a CAM head to a frozen network.

    The pooled features of all training images are made once, then the
    convex problem of :func:`wsss_plugins.ops.cam.linear_fit.fit_linear` is
    solved: the head gets the weights that training it alone, without dropout
    and augmentation, would end with. Every view of an image is a row of its
    own with the labels of the image.

    Features of a view are kept in a file named after all that they depend on
    (the network's weights and config, and the pipeline), by name and content
    of images: after labels were corrected, or images or scales added, only
    what is new is computed.

    Args:
        scales (Sequence[int]): Lengths of the longer side, in pixels; each is
            a view. Defaults to ``(384, 512)``.
        flip (bool): Whether mirrored views are added. Defaults to False.
        pipeline (Sequence[dict], optional): Loads an image, in place of
            ``scales`` and ``flip``; nothing random. It may end with
            ``TestTimeAug``.
        weight_decay (float): As that of SGD. Defaults to 1e-4.
        tolerance, max_iter: As for ``fit_linear``.
        num_workers (int): That load images. Defaults to 2.
        cache_dir (str, optional): Folder of the file of features. Defaults to
            ``features`` in the work dir.
        folds (int): If 2 or more, ``scores.json`` in the work dir gets the
            scores of each image by a head that was fitted without its fold,
            see :func:`.held_out_scores`. Defaults to 0.
    """

    def __init__(self,
                 scales: Sequence[int] = (384, 512),
                 flip: bool = False,
                 pipeline: Sequence[dict] | None = None,
                 weight_decay: float = 1e-4,
                 tolerance: float = 1e-5,
                 max_iter: int = 500,
                 num_workers: int = 2,
                 cache_dir: str | None = None,
                 folds: int = 0) -> None:
        if not weight_decay > 0:
            raise UserError(f'linear fit: weight_decay={weight_decay}; '
                            'choose a positive number')
        if pipeline is None and (not scales or min(scales) < 1):
            raise UserError(f'linear fit: scales={scales}; give lengths of '
                            'the longer side, in pixels')
        self.pipelines = ([list(pipeline)] if pipeline is not None else
                          _views(scales, flip))
        self.weight_decay = weight_decay
        self.solver = dict(tolerance=tolerance, max_iter=max_iter)
        self.num_workers = num_workers
        self.cache_dir = cache_dir
        self.folds = folds

    def fit_head(self, runner: Runner, dataset: Dataset) -> LinearFit:
        """Fit, and give the weights to the model of every rank.

        Args:
            runner (Runner): With its model initialized.
            dataset (Dataset): The training set.

        Raises:
            UserError: If the data or the head do not go with it.
        """
        model = bare_model(runner)
        layer = classifier_of(model)
        folder = Path(self.cache_dir or Path(runner.work_dir, 'features'))
        views = []
        for pipeline in self.pipelines:
            images = LabeledImageSet(dataset, pipeline)
            _check_classes(images, model)
            key = _key(model, runner.cfg.get('model'), pipeline)
            file = FeatureFile(folder / f'{key}.npz')
            views.append(
                pooled_features(model, images, file, self.num_workers))
        features = torch.cat(views, dim=1)
        fit = solved_once('linear fit', lambda: self._solve(
            features, images.present, layer.bias is not None))
        set_classifier(model, fit.weight, fit.bias)
        if self.folds > 1 and is_main_process():
            self._score(runner, images, features, layer.bias is not None)
        return fit

    def _score(self, runner: Runner, images: LabeledImageSet,
               features: Tensor, bias: bool) -> None:
        """Write held-out scores."""
        scores = held_out_scores(
            features, images.present, images.names, self.folds,
            lambda f, present: self._solve(f, present, bias))
        path = Path(runner.work_dir, 'scores.json')
        write_scores(path, images, scores)
        mean = mean_ap(scores, images.present)
        print_log(f'linear fit: held-out mAP {mean:.3f} of {self.folds} '
                  f'folds; {path}', logger='current')

    def _solve(self, features: Tensor, present: Tensor,
               bias: bool) -> LinearFit:
        views = features.shape[1]
        if not features.isfinite().all():
            raise UserError('linear fit: features are not finite; check the '
                            'weights of the backbone')
        fit = fit_linear(
            features.flatten(0, 1),
            present.repeat_interleave(views, dim=0),
            self.weight_decay,
            bias=bias,
            **self.solver)
        if not fit.converged:
            text = (f'linear fit: gradient {fit.gradient:.1e} after '
                    f'{fit.iterations} steps is above the tolerance, '
                    f'{fit.limit:.1e}; raise max_iter, tolerance or '
                    'weight_decay')
            if (fit.iterations >= self.solver['max_iter']
                    or fit.gradient > _NEARLY * fit.limit):
                raise UserError(text)
            # Few images that are told apart easily: single precision ends.
            print_log(text, logger='current', level=logging.WARNING)
        return fit


def _views(scales: Sequence[int], flip: bool) -> list[list[dict]]:
    """A pipeline for each size, and mirrored ones."""
    return [[
        dict(type='LoadImageFromFile'),
        dict(type='wsss_plugins.RandomResizeLong', min_long=s, max_long=s),
        *[dict(type='RandomFlip', prob=1.)] * mirrored,
        dict(type='wsss_plugins.PackWSSSInputs')
    ] for s in scales for mirrored in range(1 + flip)]


def _key(model: nn.Module, config: dict | None,
         pipeline: Sequence[dict]) -> str:
    """Of what makes the features: the network up to its classifier."""
    head = cam_head_of(model)
    parts = [model.backbone, head]
    if model.with_neck:
        parts.append(model.neck)
    described = [
        _without(config.get(name), _NO_MATTER)
        for name in ('backbone', 'neck', 'data_preprocessor')
    ] if isinstance(config, dict) else [repr(model)]
    # Subclasses of a head that share its forward share features.
    methods = [type(model).extract_feat, type(head).forward]
    described += [
        pipeline, head.in_index, head.input_transform,
        [method.__qualname__ for method in methods]
    ]
    return network_key(parts, classifier_of(model), described)


def _without(config: object, names: Sequence[str]) -> object:
    """A config without some entries, at every depth."""
    if isinstance(config, dict):
        return {key: _without(value, names) for key, value in config.items()
                if key not in names}
    return config


def _check_classes(images: LabeledImageSet, model: nn.Module) -> None:
    found, wanted = images.num_foreground, model.decode_head.num_foreground
    if found != wanted:
        raise UserError(
            f'linear fit: the data set has {found} classes, the head '
            f'{wanted}; set num_classes of the head to the classes of the '
            'data set, background included')
