"""Mixed precision on a CPU."""
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from mmengine.optim import OptimWrapper
from torch import nn

from ...registry import OPTIM_WRAPPERS


@OPTIM_WRAPPERS.register_module()
class BFloat16OptimWrapper(OptimWrapper):
    """``OptimWrapper`` whose forward passes multiply in bfloat16.

    In place of mmengine's ``AmpOptimWrapper``, which refuses a CPU. Weights
    and their updates stay in float32. Bfloat16 has the range of float32, so
    the loss is not scaled.

    Args:
        **kwargs: As of ``OptimWrapper``.
    """

    @contextmanager
    def optim_context(self, model: nn.Module) -> Iterator[None]:
        """Let torch choose the precision of each operation.

        Args:
            model (nn.Module): That is trained, on the CPU.
        """
        with super().optim_context(model), torch.autocast(
                'cpu', dtype=torch.bfloat16):
            yield
