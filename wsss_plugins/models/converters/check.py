"""Does a checkpoint fit a model?"""
from collections.abc import Mapping

from torch import Tensor, nn

from ...structures import UserError

_SHOWN = 3


def check_checkpoint(model: nn.Module, state_dict: Mapping[str, Tensor],
                     path: str) -> None:
    """Refuse a checkpoint of another architecture.

    Loading is not strict in OpenMMLab, and a wrong file would pass with a
    warning. Buffers that count batches may be absent.

    Args:
        model (nn.Module): A model, or a test-time wrapper of it.
        state_dict (Mapping[str, Tensor]): Weights of the checkpoint.
        path (str): Its file, for the message.

    Raises:
        UserError: Naming the first names that are missing, extra or of
            another shape.
    """
    wrapped = getattr(model, 'module', model)
    expected = wrapped.state_dict()
    found = {k.removeprefix('module.'): v for k, v in state_dict.items()}
    missing = [
        k for k in expected
        if k not in found and not k.endswith('num_batches_tracked')
    ]
    extra = [k for k in found if k not in expected]
    shapes = [
        f'{k} {tuple(found[k].shape)} for {tuple(expected[k].shape)}'
        for k in expected if k in found and found[k].shape != expected[k].shape
    ]
    problems = [
        f'{len(names)} {what} ({", ".join(names[:_SHOWN])}'
        f'{", ..." if len(names) > _SHOWN else ""})' for what, names in (
            ('missing', missing), ('unknown', extra),
            ('of another shape', shapes)) if names
    ]
    if problems:
        raise UserError(
            f'{path}: made for another architecture: weights '
            f'{"; ".join(problems)}; use the config it was trained with')
