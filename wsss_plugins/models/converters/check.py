"""Does a checkpoint fit a model?"""
from collections.abc import Mapping

from torch import Tensor, nn

from ...structures import UserError

_SHOWN = 3
_COUNTER = 'num_batches_tracked'


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
    problems = [
        f'{len(names)} {what} ({_some(names)})'
        for what, names in _differences(model, state_dict).items() if names
    ]
    if problems:
        raise UserError(
            f'{path}: made for another architecture: weights '
            f'{"; ".join(problems)}; use the config it was trained with')


def check_start(model: nn.Module, state_dict: Mapping[str, Tensor],
                path: str) -> str:
    """What a training takes from a checkpoint that it starts from.

    Args:
        model (nn.Module): A model, or a wrapper of it.
        state_dict (Mapping[str, Tensor]): Weights of the checkpoint.
        path (str): Its file, for the message.

    Returns:
        str: A line that tells how many weights fit, and which do not.

    Raises:
        UserError: If none fits: training would start from scratch.
    """
    expected = _weights_of(model)
    different = _differences(model, state_dict)
    left_out = different['missing'] + different['of another shape']
    count = len(expected) - len(left_out)
    if not count:
        raise UserError(
            f'{path}: none of its {len(state_dict)} weights '
            f'({_some(list(state_dict))}) fits the model, which has '
            f'{_some(expected)}; give a checkpoint of the same architecture')
    line = f'{path}: {count} of {len(expected)} weights of the model are there'
    for what, names in different.items():
        if names:
            line += f'; {len(names)} {what} ({_some(names)})'
    return line


def _weights_of(model: nn.Module) -> list[str]:
    wrapped = getattr(model, 'module', model)
    return [k for k in wrapped.state_dict() if not k.endswith(_COUNTER)]


def _differences(model: nn.Module,
                 state_dict: Mapping[str, Tensor]) -> dict[str, list[str]]:
    wrapped = getattr(model, 'module', model)
    expected = wrapped.state_dict()
    found = {k.removeprefix('module.'): v for k, v in state_dict.items()}
    other = [
        f'{k} {tuple(found[k].shape)} for {tuple(expected[k].shape)}'
        for k in expected if k in found and not k.endswith(_COUNTER)
        and found[k].shape != expected[k].shape
    ]
    return {
        'missing': [k for k in _weights_of(model) if k not in found],
        'unknown': [k for k in found if k not in expected],
        'of another shape': other,
    }


def _some(names: list[str]) -> str:
    return ', '.join(names[:_SHOWN]) + ', ...' * (len(names) > _SHOWN)
