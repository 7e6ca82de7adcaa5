"""Predictions that are no numbers, refused in one place for every model."""
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from mmengine.model import BaseModel, BaseTTAModel
from mmengine.structures import BaseDataElement
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from ...structures import UserError
from ...structures.image_list import some

_FIX = ('weights or inputs are out of range: the training has diverged, or '
        'the mean and std of data_preprocessor are others than in training')


def watch_outputs(model: nn.Module) -> list[RemovableHandle]:
    """Let a model refuse what it predicts where that is not finite.

    Weights may be finite and results not, by overflow or by images that are
    divided by a deviation of 0. A segmentor would label such pixels with one
    class, and a detector would find nothing, both in silence. So the parts of
    a model (its preprocessor, backbone, neck and heads) may give no NaN, and
    the predictions in its data samples nothing that is not finite.

    Args:
        model (nn.Module): A model of mmengine, or a wrapper of one, for
            several ranks or test-time augmentation.

    Returns:
        list[RemovableHandle]: ``remove()`` of each ends it.
    """
    handles = []
    for network in model.modules():
        if not isinstance(network, BaseModel) or isinstance(
                network, BaseTTAModel):
            continue
        watch = _Watch()
        handles.append(network.register_forward_hook(watch.check_samples))
        for name, part in network.named_children():
            handles.append(
                part.register_forward_hook(watch.check_part(name)))
    return handles


class _Watch:
    """Hooks of one model; remembers which images it is at."""

    def __init__(self) -> None:
        self.where = ''

    def check_part(self, name: str) -> Callable:
        """A hook that refuses NaN in what a part of the model gives."""

        def check(module: nn.Module, args: tuple, output: Any) -> None:
            if isinstance(output, dict) and 'data_samples' in output:
                self.where = _names(output['data_samples'])
                output = output.get('inputs')
            if any(value.sum(dtype=torch.float32).isnan()
                   for value in _tensors(output)):
                raise UserError(f'{self.where}{name} of the model gives '
                                f'values that are no numbers (NaN); {_FIX}')

        return check

    def check_samples(self, module: nn.Module, args: tuple,
                      output: Any) -> None:
        """Refuse predictions that are not finite."""
        if not isinstance(output, list | tuple):
            return
        for sample in output:
            if not isinstance(sample, BaseDataElement):
                continue
            for key, value in sample.items():
                if not key.startswith('gt') and not _is_finite(value):
                    raise UserError(f'{_names([sample])}{key} of the '
                                    f'prediction is not finite; {_FIX}')


def _names(samples: Any) -> str:
    """Files of images, for the start of a message."""
    paths = [sample.get('img_path') for sample in samples or ()
             if isinstance(sample, BaseDataElement)]
    paths = [path for path in dict.fromkeys(paths) if path]
    return some(paths) + ': ' if paths else ''


def _is_finite(value: Any) -> bool:
    return all(bool(part.sum(dtype=torch.float32).isfinite())
               for part in _tensors(value))


def _tensors(value: Any) -> Iterator[Tensor]:
    """All tensors of floats in containers and data elements."""
    value = getattr(value, 'tensor', value)  # boxes of mmdet
    if isinstance(value, np.ndarray) and value.dtype.kind == 'f':
        value = torch.from_numpy(value)
    if isinstance(value, Tensor):
        if value.is_floating_point():
            yield value
    elif isinstance(value, BaseDataElement | dict):
        for part in value.values():
            yield from _tensors(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _tensors(part)
