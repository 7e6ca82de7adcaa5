"""A segmentor that predicts the saliency of gradients."""
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from mmengine.structures import PixelData
from mmseg.utils import OptSampleList, SampleList
from torch import Tensor

from ...ops.cam.cues import gradient_saliency
from ...registry import MODELS
from ...structures import UserError
from .cam_segmentor import CAMSegmentor, bare_samples

_PLACES = ('input', 'output')
_CLASSES = ('all', 'present')


@MODELS.register_module()
class GradientSaliencySegmentor(CAMSegmentor):
    """``CAMSegmentor`` that predicts gradient saliency of class scores.

    K. Simonyan et al.: Deep Inside Convolutional Networks, 2013, Sec. 3, as
    SEC finds its background: the gradient of the sum of class scores (before
    any sigmoid) at a layer. Training and weights are those of
    :class:`CAMSegmentor`. Each data sample gets

    - ``pred_gradient``: PixelData float32 (1, h, w), at least 0, of any
      scale, on the grid of the layer;
    - ``pred_score``: class probabilities, float32 (C,).

    Args:
        layer (str): Name of any module, such as ``'backbone.features.17'``,
            whose input or output is one map, and which runs once. Paths
            around it, as those of residual connections, do not count.
        of (str): ``'output'`` or ``'input'`` of it. SEC's gradient is at
            ``conv4_1`` *before* its ReLU (Caffe's ReLU works in place, so the
            blob's gradient is that of its input): the output of the
            convolution, or the input of the ReLU. Defaults to ``'output'``.
        classes (str): Whose scores are summed: ``'all'``, as SEC, or those
            ``'present'`` by the image-level labels. Defaults to ``'all'``.
        **kwargs: Of :class:`CAMSegmentor`.

    Raises:
        UserError: If an option is unknown or there is no such layer.
    """

    def __init__(self,
                 layer: str,
                 of: str = 'output',
                 classes: str = 'all',
                 **kwargs) -> None:
        super().__init__(**kwargs)
        for name, value, known in (('of', of, _PLACES),
                                   ('classes', classes, _CLASSES)):
            if value not in known:
                raise UserError(f'GradientSaliencySegmentor: {name}={value!r}'
                                f'; choose one of {", ".join(known)}')
        names = dict(self.named_modules())
        if not layer or layer not in names:
            near = [n for n in names if n.startswith(layer.split('.')[0])]
            some = ', '.join((near or list(names))[-3:])
            raise UserError(f'GradientSaliencySegmentor: layer={layer!r} is '
                            f'no module; choose one such as {some}')
        self.layer = layer
        self.of = of
        self.classes = classes

    def predict(self,
                inputs: Tensor,
                data_samples: OptSampleList = None) -> SampleList:
        """Predict saliency.

        Args:
            inputs (Tensor): Images, (N, 3, H, W).
            data_samples (list[SegDataSample], optional): Image-level
                labels in ``gt_score`` where known.

        Returns:
            list[SegDataSample]: The samples with the fields above.

        Raises:
            UserError: If the layer does not give one map, or not once.
        """
        if data_samples is None:
            data_samples = bare_samples(inputs)
        gradients, probs = self.gradients(inputs, data_samples)
        for sample, gradient, prob in zip(data_samples, gradients, probs):
            view = self._unpadded(gradient, sample, inputs.shape[2:])
            sample.set_data(
                dict(
                    pred_gradient=PixelData(
                        data=gradient_saliency(view)[None]),
                    pred_score=prob))
        return data_samples

    def gradients(self, inputs: Tensor,
                  data_samples: SampleList) -> tuple[Tensor, Tensor]:
        """Gradients of the chosen scores at the layer.

        Always in float32: half precision underflows for small gradients.
        Nothing before the layer is differentiated, and the gradients of
        weights are not changed.

        Args:
            inputs (Tensor): Images, (N, 3, H, W).
            data_samples (list[SegDataSample]): Of the images.

        Returns:
            tuple[Tensor, Tensor]: Gradients float32 (N, channels, h, w), and
            class probabilities (N, C).
        """
        with torch.enable_grad(), torch.autocast(
                inputs.device.type, enabled=False), self._probe() as seen:
            raw = self.decode_head(self.extract_feat(inputs.float()))
            scores = self.decode_head.scores(raw)
            if len(seen) != 1:
                raise UserError(
                    f'layer={self.layer!r} runs {len(seen)} times for an '
                    'image; choose a module that runs once')
            probs = scores.detach().sigmoid()
            chosen = self._chosen(data_samples, probs)
            (gradients, ) = torch.autograd.grad((scores * chosen).sum(), seen)
        return gradients, probs

    def _chosen(self, data_samples: SampleList, probs: Tensor) -> Tensor:
        """Which scores are summed: zeros and ones, (N, C)."""
        if self.classes == 'all':
            return torch.ones_like(probs)
        chosen = torch.zeros_like(probs)
        for row, sample, prob in zip(chosen, data_samples, probs):
            row[self.present_classes(sample, prob)] = 1
        return chosen

    @contextmanager
    def _probe(self) -> Iterator[list[Tensor]]:
        """Collect the map of the layer as a leaf of the autograd graph."""
        seen: list[Tensor] = []
        module = self.get_submodule(self.layer)

        def cut(value: object) -> Tensor:
            if not isinstance(value, Tensor) or value.ndim != 4:
                raise UserError(f'layer={self.layer!r}: its {self.of} is not '
                                'one map (N, C, h, w); choose another module')
            seen.append(value.detach().requires_grad_())
            # The next module may overwrite its input in place.
            return seen[-1].clone()

        if self.of == 'output':
            hook = module.register_forward_hook(
                lambda _, args, output: cut(output))
        else:
            hook = module.register_forward_pre_hook(
                lambda _, args: (cut(args[0] if args else None), *args[1:]))
        try:
            yield seen
        finally:
            hook.remove()
