"""Batch norm and activations folded into convolutions, for testing."""
from mmengine.hooks import Hook
from mmengine.runner import Runner
from torch import nn

from ...registry import HOOKS
from ..bfloat16 import processor_has_bfloat16, run_in_bfloat16
from ..restart import bare_model
from ..tested_form import to_test_form


@HOOKS.register_module()
class FoldNormHook(Hook):
    """Folds batch norms and activations into convolutions before a test.

    A network of ``ConvModule`` with channels-last weights took about half the
    time on one core of a CPU; numbers are the same up to rounding. Validation
    within a training is as it was.

    Args:
        channels_last (bool): See :func:`.fold_norms`.
        backbone_dtype (str): ``'float32'``, or ``'bfloat16'``: on a CPU that
            computes in it the backbone takes another half of the time, for
            other masks (``benchmarks/cam_network.py``). Elsewhere it stays
            in float32. Defaults to ``'float32'``.
    """
    # Behind the hooks that load or average weights.
    priority = 'LOWEST'

    def __init__(self,
                 channels_last: bool = True,
                 backbone_dtype: str = 'float32') -> None:
        if backbone_dtype not in ('float32', 'bfloat16'):
            raise ValueError(f'backbone_dtype={backbone_dtype!r}; choose '
                             "'float32' or 'bfloat16'")
        self.channels_last = channels_last
        self.backbone_dtype = backbone_dtype

    def before_test(self, runner: Runner) -> None:
        """Fold them, with the weights of the loaded checkpoint."""
        model = bare_model(runner)
        to_test_form(model, self.channels_last)
        if self.backbone_dtype == 'bfloat16':
            self._shorten(model, runner)

    @staticmethod
    def _shorten(model: nn.Module, runner: Runner) -> None:
        """Backbones to bfloat16, also within a test-time model."""
        on_cpu = all(p.device.type == 'cpu' for p in model.parameters())
        if not (on_cpu and processor_has_bfloat16()):
            runner.logger.warning(
                'backbone_dtype="bfloat16" is left: it needs a CPU with '
                'AMX or AVX-512 for it')
            return
        for part in model.modules():
            if hasattr(part, 'backbone'):
                run_in_bfloat16(part.backbone)
