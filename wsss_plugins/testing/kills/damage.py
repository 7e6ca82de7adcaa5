"""Random damage to files, as disks, copies and editors do it."""
import random
import shutil
from collections.abc import Callable
from pathlib import Path

Damage = Callable[[Path, random.Random], None]
#: By name; each changes a file in place.
DAMAGES: dict[str, Damage] = {}


def _damage(function: Damage) -> Damage:
    DAMAGES[function.__name__.strip('_')] = function
    return function


def damage(path: Path, rng: random.Random) -> str:
    """Damage a file; the name of what was done."""
    name = rng.choice(sorted(DAMAGES))
    DAMAGES[name](path, rng)
    return name


@_damage
def _cut_off(path: Path, rng: random.Random) -> None:
    data = path.read_bytes()
    path.write_bytes(data[:rng.randrange(len(data) + 1)])


@_damage
def _emptied(path: Path, rng: random.Random) -> None:
    path.write_bytes(b'')


@_damage
def _removed(path: Path, rng: random.Random) -> None:
    path.unlink()


@_damage
def _a_folder(path: Path, rng: random.Random) -> None:
    path.unlink()
    path.mkdir()


@_damage
def _flipped_bits(path: Path, rng: random.Random) -> None:
    data = bytearray(path.read_bytes())
    for _ in range(rng.choice((1, 10, 100))):
        if data:
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    path.write_bytes(data)


@_damage
def _zeros(path: Path, rng: random.Random) -> None:
    data = bytearray(path.read_bytes())
    start = rng.randrange(len(data) + 1)
    length = min(len(data) - start, rng.choice((4, 64, 4096)))
    data[start:start + length] = bytes(length)
    path.write_bytes(data)


@_damage
def _noise(path: Path, rng: random.Random) -> None:
    path.write_bytes(rng.randbytes(rng.choice((1, 100, 5000))))


@_damage
def _more_behind(path: Path, rng: random.Random) -> None:
    path.write_bytes(path.read_bytes() + rng.randbytes(50))


@_damage
def _lines_mixed(path: Path, rng: random.Random) -> None:
    lines = path.read_bytes().split(b'\n')
    rng.shuffle(lines)
    path.write_bytes(b'\n'.join(lines))


@_damage
def _numbers_changed(path: Path, rng: random.Random) -> None:
    """Every digit of some may be another: texts stay texts."""
    digits = b'0123456789'
    data = bytearray(path.read_bytes())
    places = [i for i, byte in enumerate(data) if byte in digits]
    for place in rng.sample(places, min(len(places), 3)):
        data[place] = rng.choice(digits + b'-.e')
    path.write_bytes(data)


@_damage
def _another_file(path: Path, rng: random.Random) -> None:
    """One of the same folder takes its place."""
    others = sorted(other for other in path.parent.iterdir()
                    if other.is_file() and other != path)
    if others:
        shutil.copyfile(rng.choice(others), path)
    else:
        path.write_bytes(b'')
