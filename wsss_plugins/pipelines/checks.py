"""Checks of a pipeline file's entries, before anything runs."""
import re
from collections.abc import Sequence

from ..structures import UserError
from .stage import STAGE_KINDS

COLUMN_KINDS = ('image', 'gray', 'cam', 'mask', 'cues', 'gradient', 'points',
                'instances', 'detections')
_REPORT_KEYS = ('metrics', 'samples', 'labels', 'sub_categories')
_METRIC_KEYS = ('title', 'stage', 'metric', 'percent')
_GROUP_KEYS = ('title', 'names', 'num', 'columns')
_COLUMN_KEYS = ('title', 'kind', 'path')
_SUB_KEYS = ('title', 'folder', 'images', 'num')


def check_entry(path: str, entry: dict) -> None:
    """Check one entry of ``stages``.

    Args:
        path (str): The pipeline file, for messages.
        entry (dict): The entry.

    Raises:
        UserError: If a key is unknown or missing, or a value of a wrong type.
    """
    if not isinstance(entry, dict):
        raise UserError(f'{path}: a stage is {entry!r}; write a dict')
    name, kind = entry.get('name'), entry.get('kind')
    if not isinstance(name, str) or not re.fullmatch(r'\w[\w-]*', name):
        raise UserError(f'{path}: a stage is named {name!r}; use letters, '
                        'digits, _ and -')
    where = f'{path}: stage {name}'
    if not isinstance(kind, str) or kind not in STAGE_KINDS:
        raise UserError(f'{where} is of kind {kind!r}; choose one of '
                        f'{", ".join(STAGE_KINDS)}')
    kind = STAGE_KINDS[kind]
    _known(where, entry, kind.all_keys)
    _typed(where, entry, str, kind.program, needed=True)
    for key, types in kind.keys.items():
        _typed(where, entry, types, key)


def check_report(path: str, report: dict, stages: Sequence[str]) -> None:
    """Check ``report``: better before hours of training than after.

    Args:
        path (str): The pipeline file, for messages.
        report (dict): The entry; may be empty.
        stages (Sequence[str]): Names of the stages.

    Raises:
        UserError: If a key, stage or kind of column is unknown, or a key is
            missing.
    """
    where = f'{path}: report'
    _known(where, report, _REPORT_KEYS)
    for row in report.get('metrics', ()):
        _known(f'{where}, metrics', row, _METRIC_KEYS)
        for key in ('title', 'stage', 'metric'):
            _typed(f'{where}, metrics', row, str, key, needed=True)
        if row['stage'] not in stages:
            raise UserError(f'{where}: no stage {row["stage"]!r}; there are '
                            f'{", ".join(stages)}')
    check_sub_categories(f'{where}, sub_categories',
                         report.get('sub_categories', ()))
    for group in sample_groups(report):
        _check_group(f'{where}, samples', group)


def _check_group(where: str, group: dict) -> None:
    _known(where, group, _GROUP_KEYS)
    _typed(where, group, (str, list, tuple), 'names', needed=True)
    _typed(where, group, (list, tuple), 'columns', needed=True)
    _typed(where, group, int, 'num')
    pictured = False
    for column in group['columns']:
        _known(f'{where}, columns', column, _COLUMN_KEYS)
        for key in _COLUMN_KEYS:
            _typed(f'{where}, columns', column, str, key, needed=True)
        kind, title = column['kind'], column['title']
        if kind not in COLUMN_KINDS:
            raise UserError(f'{where}: column {title!r} is of kind {kind!r}; '
                            f'choose one of {", ".join(COLUMN_KINDS)}')
        if kind not in ('image', 'gray') and not pictured:
            raise UserError(f'{where}: column {title!r} is drawn over the '
                            'image; put a column of kind image before it')
        pictured |= kind == 'image'


def sample_groups(report: dict) -> list[dict]:
    """Groups of sample pictures; one group may stand without a list."""
    samples = report.get('samples', ())
    return [samples] if isinstance(samples, dict) else list(samples)


def _known(where: str, entry: dict, keys: Sequence[str]) -> None:
    if not isinstance(entry, dict):
        raise UserError(f'{where}: {entry!r} is not a dict with '
                        f'{", ".join(keys)}')
    unknown = sorted(set(entry) - set(keys))
    if unknown:
        raise UserError(f'{where}: unknown key {", ".join(unknown)}; known '
                        f'are {", ".join(keys)}')


def _typed(where: str, entry: dict, types, key: str,
           needed: bool = False) -> None:
    if key not in entry and not needed:
        return
    if not isinstance(entry.get(key), types):
        raise UserError(f'{where}: {key} = {entry.get(key)!r} is missing or '
                        'of a wrong type')


def check_sub_categories(where: str, entries: Sequence[dict]) -> None:
    """Check ``report.sub_categories`` of a pipeline file.

    Args:
        where (str): For messages.
        entries (Sequence[dict]): Each with ``folder``, ``images`` and
            optionally ``title`` and ``num``.

    Raises:
        UserError: If a key is unknown, missing, or of a wrong type.
    """
    for entry in entries:
        if not isinstance(entry, dict) or not set(entry) <= set(_SUB_KEYS):
            raise UserError(f'{where}: {entry!r} is not a dict with '
                            f'{", ".join(_SUB_KEYS)}')
        for key in ('folder', 'images'):
            if not isinstance(entry.get(key), str):
                raise UserError(f'{where}: {key} = {entry.get(key)!r} is '
                                'missing or of a wrong type')
        if not isinstance(entry.get('num', 1), int):
            raise UserError(f'{where}: num = {entry["num"]!r} is of a wrong '
                            'type')
