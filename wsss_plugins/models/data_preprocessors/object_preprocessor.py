"""Crops for a student and its teacher."""
from collections.abc import Sequence
from typing import Any

import torch
from mmengine.model import BaseDataPreprocessor
from torch import Tensor

from ...ops.points.color_jitter import (
    adjust_brightness,
    adjust_contrast,
    adjust_hue,
    adjust_saturation,
    gaussian_blur,
    gray,
)
from ...registry import MODELS

_ADJUST = dict(
    brightness=adjust_brightness,
    contrast=adjust_contrast,
    saturation=adjust_saturation,
    hue=adjust_hue)
_JITTER = dict(brightness=.4, contrast=.4, saturation=.2, hue=.1, prob=.5)
_BLUR = dict(sigma=(.1, 2.), prob=.5)


@MODELS.register_module()
class ObjectDataPreprocessor(BaseDataPreprocessor):
    """Normalize crops, and change the colors of the student's.

    The augmentation of MAL, in its order: jitter of brightness, contrast,
    saturation and hue in a random order, then gray, then blur, each on its
    own share of the crops; the teacher sees the crops as they are. It runs on
    the whole batch where the network is; what is random is drawn on the CPU,
    so that a seed gives the same on every device.

    Args:
        mean, std (Sequence[float]): Of RGB in 0..255. Default to ImageNet's.
        jitter (dict, optional): Amounts ``brightness``, ``contrast`` and
            ``saturation`` (factor uniform in [1 - amount, 1 + amount], at
            least 0) and ``hue`` (shift uniform in [-amount, amount] of a
            turn, at most 0.5), and ``prob`` of a crop to be jittered;
            those left out are 0, ``prob`` is 1. Defaults to MAL's: 0.4, 0.4,
            0.2, 0.1 and 0.5. None: no jitter.
        gray_prob (float): Of a crop to lose its colors. Defaults to 0.2.
        blur (dict, optional): ``sigma``, range of the standard deviation in
            pixels, and ``prob``. Defaults to (0.1, 2) and 0.5. None: no blur.
        non_blocking (bool): As in the base class.

    Raises:
        ValueError: If an amount is unknown or out of range.
    """

    def __init__(self,
                 mean: Sequence[float] = (123.675, 116.28, 103.53),
                 std: Sequence[float] = (58.395, 57.12, 57.375),
                 jitter: dict[str, float] | None = _JITTER,
                 gray_prob: float = .2,
                 blur: dict[str, Any] | None = _BLUR,
                 non_blocking: bool = False) -> None:
        super().__init__(non_blocking=non_blocking)
        for name, values in (('mean', mean), ('std', std)):
            self.register_buffer(
                name, torch.tensor(values).view(3, 1, 1) / 255, False)
        self.jitter, self.jitter_prob = _checked_jitter(jitter)
        self.gray_prob = _probability('gray_prob', gray_prob)
        self.sigma, self.blur_prob = _checked_blur(blur)

    def forward(self, data: dict, training: bool = False) -> dict:
        """Make the images of a batch.

        Args:
            data (dict): ``inputs``, uint8 (B, 3, S, S) in RGB or a list of
                (3, S, S), and ``data_samples``.
            training (bool): Whether to change the student's colors.

        Returns:
            dict: ``inputs``: ``student`` and ``teacher``, normalized, and
            ``rgb``, the student's in [0, 1], float32 (B, 3, S, S) each; and
            ``data_samples``.
        """
        data = self.cast_data(data)
        images = data['inputs']
        if not isinstance(images, Tensor):
            images = torch.stack(list(images))
        images = images.float() / 255
        rgb = self.augment(images) if training else images
        return dict(
            inputs=dict(
                student=self.normalize(rgb),
                teacher=self.normalize(images),
                rgb=rgb),
            data_samples=data.get('data_samples'))

    def normalize(self, images: Tensor) -> Tensor:
        """Images in [0, 1] to those of mean 0 and deviation 1, about."""
        return (images - self.mean) / self.std

    def augment(self, images: Tensor) -> Tensor:
        """Change the colors of a batch.

        Args:
            images (Tensor): RGB in [0, 1], float (B, 3, S, S).

        Returns:
            Tensor: A new one, likewise.
        """
        images = images.clone()
        if self.jitter:
            chosen = _draw(len(images), self.jitter_prob)
            images[chosen] = self._jittered(images[chosen])
        chosen = _draw(len(images), self.gray_prob)
        images[chosen] = gray(images[chosen]).expand(-1, 3, -1, -1)
        if self.sigma is not None:
            chosen = _draw(len(images), self.blur_prob)
            sigma = _uniform(len(chosen), *self.sigma).to(images)
            images[chosen] = gaussian_blur(images[chosen], sigma)
        return images

    def _jittered(self, images: Tensor) -> Tensor:
        """Apply all changes, to each image in its own order."""
        names = list(self.jitter)
        factors = {}
        for name, amount in self.jitter.items():
            middle = 0. if name == 'hue' else 1.
            low = middle - amount if name == 'hue' else max(0, 1 - amount)
            factors[name] = _uniform(len(images), low, middle + amount)
        order = torch.rand(len(images), len(names)).argsort(dim=1)
        for step in range(len(names)):
            for place, name in enumerate(names):
                now = (order[:, step] == place).nonzero().flatten()
                if len(now):
                    images[now] = _ADJUST[name](
                        images[now], factors[name][now].to(images))
        return images


def _draw(count: int, prob: float) -> Tensor:
    """Which of ``count`` are chosen, int64 (K,)."""
    return (torch.rand(count) < prob).nonzero().flatten()


def _uniform(count: int, low: float, high: float) -> Tensor:
    return torch.rand(count) * (high - low) + low


def _probability(name: str, value: float) -> float:
    if not 0 <= value <= 1:
        raise ValueError(f'{name}={value} is not in [0, 1]')
    return value


def _checked_jitter(
        jitter: dict[str, float] | None) -> tuple[dict[str, float], float]:
    """Amounts above 0, and the share of crops."""
    amounts = dict(jitter or {})
    prob = _probability('jitter.prob', amounts.pop('prob', 1.))
    unknown = set(amounts) - set(_ADJUST)
    if unknown:
        raise ValueError(f'jitter has unknown {sorted(unknown)}; it takes '
                         f'prob and {", ".join(_ADJUST)}')
    if min(amounts.values(), default=0) < 0 or amounts.get('hue', 0) > .5:
        raise ValueError('amounts of jitter are at least 0, hue at most 0.5; '
                         f'got {amounts}')
    return {name: value for name, value in amounts.items() if value}, prob


def _checked_blur(blur: dict[str, Any] | None
                  ) -> tuple[tuple[float, float] | None, float]:
    if blur is None:
        return None, 0.
    unknown = set(blur) - {'sigma', 'prob'}
    low, high = blur.get('sigma', _BLUR['sigma'])
    if unknown or not 0 < low <= high:
        raise ValueError(f'blur={blur}; it takes sigma=(low, high) above 0 '
                         'and prob')
    return (low, high), _probability('blur.prob', blur.get('prob', 1.))
