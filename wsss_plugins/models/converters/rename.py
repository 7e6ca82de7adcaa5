"""What every weights converter does: rename, then check against the network.

A converter of one network is a rule for names; the checks are here.
"""
from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn

from ...structures import UserError

_COUNTER = 'num_batches_tracked'


def convert_state_dict(state: Mapping[str, Tensor],
                       rule: Callable[[str, str], str | None],
                       build: Callable[[], nn.Module], source: str,
                       network: str) -> dict[str, Tensor]:
    """Rename weights and check that they are the whole network.

    Args:
        state (Mapping[str, Tensor]): Weights under foreign names.
        rule (Callable): Called with a foreign name and ``source``; gives our
            name, None for a known part that is not wanted, and raises
            :func:`unknown_name` for a name that it does not know.
        build (Callable): Makes our network; called on the meta device, so
            it costs no memory.
        source (str): File of the weights, for messages.
        network (str): Name of the foreign network, for messages.

    Returns:
        dict[str, Tensor]: float32, in the order of our network. Counters of
        batches are left out; loading does without them.

    Raises:
        UserError: If a weight is unknown, doubled, missing, not a floating
            point tensor, or of another shape.
    """
    renamed = _renamed(state, rule, source)
    with torch.device('meta'):
        expected = build().state_dict()
    wanted = [name for name in expected if not name.endswith(_COUNTER)]
    missing = [name for name in wanted if name not in renamed]
    if missing:
        raise UserError(f'{source}: {len(renamed)} weights, but {network} '
                        f'has {len(wanted)}; {missing[0]} is missing')
    for ours, (theirs, value) in renamed.items():
        _check_weight(theirs, value, expected.get(ours), source, network)
    return {name: renamed[name][1].float() for name in wanted}


def unknown_name(name: str, source: str, network: str) -> UserError:
    """The error of a rule that does not know a name."""
    return UserError(f'{source}: {name!r} does not belong to {network}')


def _renamed(state: Mapping[str, Tensor],
             rule: Callable[[str, str], str | None],
             source: str) -> dict[str, tuple[str, Tensor]]:
    renamed = {}
    for theirs, value in state.items():
        if theirs.endswith('.' + _COUNTER):
            continue
        ours = rule(theirs, source)
        if ours in renamed:
            raise UserError(f'{source}: {theirs!r} and {renamed[ours][0]!r} '
                            f'both stand for {ours}; keep one')
        if ours is not None:
            renamed[ours] = theirs, value
    return renamed


def _check_weight(name: str, value: Tensor, blank: Tensor | None, source: str,
                  network: str) -> None:
    if blank is None:
        raise unknown_name(name, source, network)
    if not isinstance(value, Tensor) or not value.is_floating_point():
        kind = getattr(value, 'dtype', type(value).__name__)
        raise UserError(f'{source}: {name!r} is {kind}, not a floating point '
                        'tensor; is it a quantized model?')
    if value.shape != blank.shape:
        raise UserError(f'{source}: {name!r} has shape {tuple(value.shape)}, '
                        f'but {network} has {tuple(blank.shape)}')
