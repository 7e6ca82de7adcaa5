"""What a pipeline leaves, and where two work dirs differ."""
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

from ...structures.atomic import PARTIAL
from .checkpoint_diff import digest

# Records of a run, not results: they tell when and how it ran, and into
# which pieces a labeling was cut before it was merged.
_RECORDS = re.compile(
    r'\.lock|stage\.log|(begun|done)\.json|.*\.log|\d{8}_\d{6}/.*|'
    r'files/shards/.*')
# mmengine's copy of the config names what the run was resumed from.
_CONFIG = re.compile(r'([^/]+/)?[^/]+\.py')
# Of a report: when it was made, how long stages took, how they were called.
_OF_THE_RUN = re.compile(
    r'<p class="soft">.*?</p>|<section><h2 id="commands">.*?</section>', re.S)


def artifacts(work_dir: Path) -> dict[str, str]:
    """Hashes of all results in a work dir, by relative path.

    Of checkpoints the values count that a training goes on from; their bytes
    hold times. ``last_checkpoint`` counts by the name in it, and of a report
    all but times and commands.

    Args:
        work_dir (Path): Of a pipeline, or the folder of a stage.
    """
    return {name: _hash(path, work_dir)
            for name, path in sorted(_results(work_dir))}


def differences(one: Path, other: Path) -> list[str]:
    """Results that are not the same in two work dirs, each as a line."""
    first, second = artifacts(one), artifacts(other)
    lines = []
    for name in sorted({*first, *second}):
        if first.get(name) != second.get(name):
            lines.append(f'{name}: ' + (
                'differs' if name in first and name in second else
                f'only in {one if name in first else other}'))
    return lines


def _results(work_dir: Path) -> Iterator[tuple[str, Path]]:
    for path in work_dir.rglob('*'):
        name = str(path.relative_to(work_dir))
        inner = name.partition('/')[2]
        if path.is_file() and PARTIAL not in path.parts and not any((
                _RECORDS.fullmatch(name), _RECORDS.fullmatch(inner),
                _CONFIG.fullmatch(name))):
            yield name, path


def leftovers(work_dir: Path) -> list[Path]:
    """Temporary files that are still there."""
    return [path for folder in work_dir.rglob(PARTIAL)
            for path in folder.iterdir()]


def _hash(path: Path, work_dir: Path) -> str:
    if path.suffix == '.pth':
        return digest(path)
    data = path.read_bytes()
    if path.name == 'last_checkpoint':
        data = Path(data.decode().strip()).name.encode()
    elif path.name == 'report.html':
        text = data.decode().replace(str(work_dir), '')
        data = _OF_THE_RUN.sub('', text).encode()
    return hashlib.sha256(data).hexdigest()
