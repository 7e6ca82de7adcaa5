"""Checks of a pipeline file's entries, before anything runs."""
import re
from collections.abc import Sequence

from ..registry import REPORT_SECTIONS
from ..structures.errors import UserError
from .arguments import check_keys, check_type, registered
from .stage import STAGE_KINDS


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
    check_keys(where, entry, kind.all_keys)
    check_type(where, entry, str, kind.program, needed=True)
    check_type(where, entry, (list, tuple), 'inputs')
    for key, types in kind.keys.items():
        check_type(where, entry, types, key)


def check_report(path: str, report: dict, stages: Sequence[str]) -> None:
    """Check ``report``: better before hours of training than after.

    Each entry is that of a registered section, which checks it; ``labels``,
    the file of image-level labels whose classes captions name, is the page's.

    Args:
        path (str): The pipeline file, for messages.
        report (dict): The entry; may be empty.
        stages (Sequence[str]): Names of the stages.

    Raises:
        UserError: If a section is not registered, or refuses its entry.
    """
    where = f'{path}: report'
    if not isinstance(report, dict):
        raise UserError(f'{where} = {report!r}; write a dict')
    check_type(where, report, str, 'labels')
    for name, entry in report.items():
        if name == 'labels':
            continue
        section = registered(REPORT_SECTIONS, name, where)
        if entry is not False:
            section(entry).check(f'{where}, {name}', stages)
