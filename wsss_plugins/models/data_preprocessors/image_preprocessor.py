"""Batching of images whose maps must be padded with them."""
import numpy as np
import torch
import torch.nn.functional as F
from mmengine.structures import PixelData
from mmseg.models import SegDataPreProcessor

from ...registry import MODELS
from .image_restorer import ImageRestorer


@MODELS.register_module()
class WSSSDataPreProcessor(SegDataPreProcessor, ImageRestorer):
    """mmseg's preprocessor for samples with dense maps and without masks.

    In addition to the stock one, it pads dense maps to the batch like the
    image, sets ``pad_shape`` for samples without a mask, batches test images
    of different sizes, and restores images.

    Args:
        dense_fill (dict[str, float]): Dense maps of the data sample to pad,
            and the values to pad with. Defaults to ``dict(gt_saliency=0)``.
        mean, std, size, size_divisor, pad_val, seg_pad_val: As in
            :class:`mmseg.models.SegDataPreProcessor`.
        bgr_to_rgb, rgb_to_bgr: Likewise.
    """

    def __init__(self,
                 mean: list[float] | None = None,
                 std: list[float] | None = None,
                 size: tuple[int, int] | None = None,
                 size_divisor: int | None = None,
                 pad_val: float = 0,
                 seg_pad_val: float = 255,
                 bgr_to_rgb: bool = False,
                 rgb_to_bgr: bool = False,
                 dense_fill: dict[str, float] | None = None) -> None:
        if size is None and size_divisor is None:
            size_divisor = 1
        super().__init__(
            mean=mean,
            std=std,
            size=size,
            size_divisor=size_divisor,
            pad_val=pad_val,
            seg_pad_val=seg_pad_val,
            bgr_to_rgb=bgr_to_rgb,
            rgb_to_bgr=rgb_to_bgr)
        if dense_fill is None:
            dense_fill = dict(gt_saliency=0)
        self.dense_fill = dict(dense_fill)

    def forward(self, data: dict, training: bool = False) -> dict:
        """Normalize and batch; see the stock class."""
        if not training:
            return self._forward_test(data)
        data = super().forward(data, training=True)
        for sample in data['data_samples']:
            sample.set_metainfo(
                dict(pad_shape=tuple(data['inputs'].shape[-2:])))
            self._pad_dense_maps(sample)
        return data

    def rgb_image(self, image: torch.Tensor) -> np.ndarray:
        """Undo the normalization.

        Args:
            image (Tensor): As networks take it, float (3, H, W), loaded as
                BGR.

        Returns:
            np.ndarray: RGB, uint8 (H, W, 3), exactly the loaded image.
        """
        image = image.float()
        if self._enable_normalize:
            image = image * self.std + self.mean
        # The name in the maintained family, and in the original one.
        swapped = getattr(self, '_channel_conversion', None)
        if swapped is None:
            swapped = self.channel_conversion
        if not swapped:
            image = image.flip(0)
        image = image.round().clamp(0, 255).byte()
        return np.ascontiguousarray(image.permute(1, 2, 0).cpu().numpy())

    def _pad_dense_maps(self, sample) -> None:
        left, right, top, bottom = sample.padding_size
        for key, fill in self.dense_fill.items():
            if key in sample and any((left, right, top, bottom)):
                padded = F.pad(
                    sample.get(key).data, (left, right, top, bottom),
                    value=fill)
                sample.set_data({key: PixelData(data=padded)})

    def _forward_test(self, data: dict) -> dict:
        """Normalize each image by itself, then pad all to the largest."""
        samples = data.get('data_samples') or [None] * len(data['inputs'])
        parts = [
            super(WSSSDataPreProcessor, self).forward(
                dict(inputs=[image], data_samples=None), training=False)
            ['inputs'][0] for image in data['inputs']
        ]
        height = max(part.shape[-2] for part in parts)
        width = max(part.shape[-1] for part in parts)
        inputs = []
        for part, sample in zip(parts, samples, strict=True):
            padding = (0, width - part.shape[-1], 0, height - part.shape[-2])
            inputs.append(F.pad(part, padding, value=self.pad_val))
            if sample is not None:
                sample.set_metainfo(
                    dict(
                        img_shape=tuple(part.shape[-2:]),
                        pad_shape=(height, width),
                        padding_size=list(padding)))
        return dict(
            inputs=torch.stack(inputs),
            data_samples=data.get('data_samples')
            and self.cast_data(data['data_samples']))
