"""The form that a network is tested in on a CPU."""
from torch import nn

from .fold_norms import fold_norms
from .fused_activations import fuse_activations


def to_test_form(model: nn.Module, channels_last: bool = True) -> None:
    """Fold batch norms and activations into convolutions.

    Outputs are the same up to rounding.

    Args:
        model (nn.Module): Changed; it must not be trained any more.
        channels_last (bool): See :func:`.fold_norms`.
    """
    fold_norms(model, channels_last)
    fuse_activations(model)
