"""Batch norm folded into convolutions, for testing."""
from mmengine.hooks import Hook
from mmengine.runner import Runner

from ...registry import HOOKS
from ..fold_norms import fold_norms
from ..restart import bare_model


@HOOKS.register_module()
class FoldNormHook(Hook):
    """Folds batch norms into convolutions before a model is tested.

    A network of ``ConvModule`` with channels-last weights took two thirds of
    the time on one core of a CPU. Validation within a training is as it was.

    Args:
        channels_last (bool): See :func:`fold_norms`.
    """
    # Behind the hooks that load or average weights.
    priority = 'LOWEST'

    def __init__(self, channels_last: bool = True) -> None:
        self.channels_last = channels_last

    def before_test(self, runner: Runner) -> None:
        """Fold them, with the weights of the loaded checkpoint."""
        fold_norms(bare_model(runner), self.channels_last)
