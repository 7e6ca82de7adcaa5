"""A memory format that makes convolutions on a CPU faster."""
import torch
from mmengine.hooks import Hook
from mmengine.runner import Runner

from ...registry import HOOKS
from ..restart import bare_model


@HOOKS.register_module()
class ChannelsLastHook(Hook):
    """Turns the weights of a model to channels-last before it runs.

    Numbers are the same up to rounding. The gradients of depthwise
    convolutions with dilation take about half the time on a CPU; on a GPU it
    helps in mixed precision.
    """
    priority = 'VERY_HIGH'

    def before_train(self, runner: Runner) -> None:
        """Turn them, those of a loaded checkpoint included."""
        bare_model(runner).to(memory_format=torch.channels_last)

    before_val = before_test = before_train
