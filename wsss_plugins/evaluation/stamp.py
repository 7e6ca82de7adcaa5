"""Stamps of output folders: what their files were made with."""
import json
import os
from pathlib import Path

from ..structures import UserError, read_json, sweep_partial, write_json

STAMP = '.stamp.json'


def claim_folder(folder: str | os.PathLike, fingerprint: dict) -> None:
    """Claim a folder for outputs, or resume in it.

    Several ranks may call it at the same time with the same fingerprint.

    Args:
        folder (str | PathLike): Created if it does not exist.
        fingerprint (dict): What the outputs depend on, as JSON values.

    Raises:
        UserError: If the folder holds outputs made otherwise.
    """
    folder = Path(folder)
    path = folder / STAMP
    sweep_partial(folder)
    fingerprint = json.loads(json.dumps(fingerprint, sort_keys=True))
    # Checked before the stamp: ranks that claim at the same time write the
    # stamp first, so their files are never mistaken for foreign ones.
    in_use = folder.is_dir() and any(
        not p.name.startswith('.') for p in folder.iterdir())
    if path.is_file():
        _compare(folder, _read(path), fingerprint)
        return
    if in_use:
        raise UserError(f'{folder}: holds files of another origin (no '
                        f'{STAMP}); delete it or choose another output folder')
    write_json(path, fingerprint, indent=1)


def _read(path: Path) -> dict:
    again = f'delete {path.parent} and run the stage again'
    found = read_json(path, 'stamp of outputs', again)
    if not isinstance(found, dict):
        raise UserError(f'{path}: not a stamp of outputs; {again}')
    return found


def _compare(folder: Path, found: dict, fingerprint: dict) -> None:
    for key in sorted({*found, *fingerprint}):
        if found.get(key) != fingerprint.get(key):
            raise UserError(
                f'{folder}: made with {key}={found.get(key)!r}, not '
                f'{fingerprint.get(key)!r}; delete it or choose another '
                'output folder')
