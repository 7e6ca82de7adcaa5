"""Proposals of a folder of images, a file each."""
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from tqdm import tqdm

from ..structures import (
    IMAGE_SUFFIXES,
    ImageFolder,
    UserError,
    read_image,
    read_image_list,
    read_json,
    write_json,
)
from ..structures.atomic import sweep_partial
from ..structures.proposals import proposal_file
from .proposers import build_proposer

_SETTINGS = 'settings.json'


def make_proposals(images: str | os.PathLike,
                   out: str | os.PathLike,
                   by: str,
                   names: Sequence[str] | None = None,
                   workers: int = 0,
                   **options: object) -> int:
    """Write proposals of images; goes on where it was cut off.

    Args:
        images (str | PathLike): Folder of images.
        out (str | PathLike): Folder for ``files/NAME.json`` and the settings.
        by (str): One of :func:`.proposers`.
        names (Sequence[str], optional): Of images, without suffix. Defaults
            to all.
        workers (int): Processes. Defaults to 0, this one.
        **options: Of the maker.

    Returns:
        int: Number of images that have proposals now.

    Raises:
        UserError: If an image is missing or damaged, something is missing
            that the maker needs, or the folder has proposals of others.
    """
    folder = ImageFolder(str(images), IMAGE_SUFFIXES)
    names = list(folder.stems() if names is None else names)
    paths = {name: folder.find(name) for name in names}
    missing = [name for name, path in paths.items() if path is None]
    if missing or not names:
        raise UserError(f'{images}: no image {(missing or ["at all"])[0]}; '
                        'fix the list or the folder')
    files = Path(out, 'files')
    _claim(Path(out), dict(by=by, **options))
    sweep_partial(files)
    jobs = [(path, proposal_file(files, name))
            for name, path in paths.items()
            if not proposal_file(files, name).is_file()]
    for _ in tqdm(_run(jobs, workers, by, options), total=len(jobs),
                  desc='proposals', disable=None):
        pass
    return len(names)


def read_names(path: str | os.PathLike) -> list[str]:
    """Names of a list of images."""
    return read_image_list(path, None)


def _claim(out: Path, settings: dict) -> None:
    """Proposals of one folder are made in one way."""
    path = out / _SETTINGS
    if path.is_file() and read_json(path) != settings:
        raise UserError(f'{out}: has proposals made in another way, see '
                        f'{_SETTINGS}; take another folder, or delete it')
    (out / 'files').mkdir(parents=True, exist_ok=True)
    write_json(path, settings)


def _run(jobs: list, workers: int, by: str,
         options: dict) -> Iterator[None]:
    """Do all jobs, here or in processes of one maker each."""
    _start(by, options)
    if not workers or len(jobs) < 2:
        yield from map(_make, jobs)
        return
    with ProcessPoolExecutor(workers, initializer=_start,
                             initargs=(by, options)) as pool:
        yield from pool.map(_make, jobs)


def _start(by: str, options: dict) -> None:
    global _MAKER
    _MAKER = build_proposer(by, **options)


def _make(job: tuple[str, Path]) -> None:
    source, target = job
    _MAKER.propose(read_image(source)).save(target)


_MAKER = None
