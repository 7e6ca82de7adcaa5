"""A training of a segmentor that begins at the convex fit of its head."""
from collections.abc import Sequence

import torch
from mmengine.hooks import Hook
from mmengine.runner import Runner

from ...ops.cam.softmax_fit import fit_softmax
from ...registry import HOOKS
from ...structures import UserError
from ..image_set import ImageSet
from ..restart import bare_model
from .one_rank import solved_once
from .pixels import pixel_classifier_of, pixel_rows


@HOOKS.register_module()
class PixelStartHook(Hook):
    """Starts the classifier of a segmentor at its optimum.

    Before the first iteration the 1x1 convolution on the backbone gets the
    weights that are best for the backbone as it is: the convex problem of
    :func:`wsss_plugins.ops.cam.softmax_fit.fit_softmax` on pixels of all
    training images. Fine-tuning then goes on from a segmentor that works,
    where an untrained head needs many epochs first. A resumed run is left
    alone.

    Args:
        scales (Sequence[int]): Lengths of the longer side, in pixels; each is
            a view. Defaults to ``(384, )``.
        pixels (int): Of the feature maps in all. Defaults to 150,000.
        weight_decay (float): As that of SGD. Defaults to 2e-3.
        tolerance, max_iter: As for ``fit_softmax``.
        num_workers (int): That load images. Defaults to 2.
        pipeline (Sequence[dict], optional): Loads image and mask, in place
            of ``scales``; nothing random.
    """
    # Before hooks that copy the network, such as EMAHook.
    priority = 'VERY_HIGH'

    def __init__(self,
                 scales: Sequence[int] = (384, ),
                 pixels: int = 150_000,
                 weight_decay: float = 2e-3,
                 tolerance: float = 1e-3,
                 max_iter: int = 100,
                 num_workers: int = 2,
                 pipeline: Sequence[dict] | None = None) -> None:
        if min(*scales, pixels, max_iter) < 1 or not weight_decay > 0:
            raise UserError(
                f'pixel fit: scales={scales}, pixels={pixels}, max_iter='
                f'{max_iter} and weight_decay={weight_decay} must be positive')
        self.pixels = pixels
        self.solver = dict(weight_decay=weight_decay, tolerance=tolerance,
                           max_iter=max_iter)
        self.num_workers = num_workers
        self.pipelines = [pipeline] if pipeline else [[
            dict(type='LoadImageFromFile'),
            dict(type='LoadAnnotations'),
            dict(type='Resize', scale=(scale, scale), keep_ratio=True),
            dict(type='PackSegInputs')
        ] for scale in scales]

    def before_train(self, runner: Runner) -> None:
        """Fit, if the training is new."""
        if runner.iter:
            return
        model = bare_model(runner)
        layer = pixel_classifier_of(model)
        dataset = runner.train_dataloader.dataset
        views = [pixel_rows(model, ImageSet(dataset, pipeline),
                            self.pixels // len(self.pipelines),
                            self.num_workers) for pipeline in self.pipelines]
        features, shares = (torch.cat(part) for part in zip(*views))
        # One that is not quite done is a fine start, too.
        fit = solved_once(
            f'fit of {len(features)} pixels',
            lambda: fit_softmax(features, shares, **self.solver))
        with torch.no_grad():
            layer.weight.copy_(fit.weight[:, :, None, None])
            layer.bias.copy_(fit.bias)
