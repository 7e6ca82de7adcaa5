"""Schedules of a training: do they fit to each other and its length?"""
from collections.abc import Iterator, Mapping
from typing import Any

from mmengine.config import Config
from mmengine.logging import print_log

from ..structures import UserError

# Factors of which the reciprocal is taken.
_FACTORS = ('start_factor', 'end_factor', 'factor')


def check_schedules(cfg: Config) -> None:
    """Refuse schedules that cannot be, and tell of those that never act.

    Args:
        cfg (Config): With ``param_scheduler`` and ``train_cfg``, if it trains.

    Raises:
        UserError: If a schedule ends before it begins, as one behind a
            warm-up that is longer than the training, or is none.
    """
    length = dict(cfg.get('train_cfg') or {}).get('max_iters')
    for place, entry in _schedules(cfg.get('param_scheduler'),
                                   'param_scheduler'):
        begin, end = (_place(place, entry, key) for key in ('begin', 'end'))
        begin = begin or 0
        if end is not None and end <= begin:
            raise UserError(
                f'{place}: {entry.get("type")} begins at {begin} and ends at '
                f'{end}; let it end later, or, if it comes after a warm-up, '
                'let that be shorter than the training')
        if (type(length) is int and begin >= length
                and not entry.get('by_epoch', True)):
            print_log(f'{place}: {entry.get("type")} begins at {begin}, after '
                      f'the training of {length} iterations; it never acts',
                      'current', 30)
        for key in _FACTORS:
            if isinstance(entry.get(key), int | float) and entry[key] <= 0:
                raise UserError(f'{place}.{key}={entry[key]}: give a number '
                                'above 0')


def _schedules(value: Any, place: str) -> Iterator[tuple[str, Mapping]]:
    """Schedules with their places: one, a list, or a dict of these."""
    if isinstance(value, list | tuple):
        for number, entry in enumerate(value):
            yield from _schedules(entry, f'{place}.{number}')
    elif isinstance(value, Mapping):
        if 'type' in value:
            yield place, value
        else:
            for key, entry in value.items():
                yield from _schedules(entry, f'{place}.{key}')
    elif value is not None:
        raise UserError(f'{place}={value!r:.60}: not a schedule; write '
                        'dict(type=..., ...)')


def _place(place: str, entry: Mapping, key: str) -> int | None:
    value = entry.get(key)
    # mmengine's default end is the largest number there is.
    if value is None or type(value) is int and value >= 0:
        return value
    raise UserError(f'{place}.{key}={value!r:.60}: give a whole number from 0 '
                    'on')
