"""cuDNN's search for fast convolutions, only where sizes repeat."""
import torch
from mmengine.hooks import Hook
from mmengine.runner import Runner

from ...registry import HOOKS


@HOOKS.register_module()
class FixedSizesHook(Hook):
    """Switch ``cudnn_benchmark`` off while whole images are validated.

    Training has crops of one size, for which cuDNN's search pays; images of a
    validation have hundreds of sizes, and it would search for each.
    """

    def __init__(self) -> None:
        self._before = False

    def before_val(self, runner: Runner) -> None:
        """Switch it off."""
        self._before = torch.backends.cudnn.benchmark
        torch.backends.cudnn.benchmark = False

    def after_val(self, runner: Runner) -> None:
        """As it was."""
        torch.backends.cudnn.benchmark = self._before
