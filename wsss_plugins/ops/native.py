"""The compiled part of ``ops``, loaded where it was built.

``setup.py`` compiles the ``csrc`` folders once for every machine and, on x86,
again for newer processors; the best build that the processor can run is
taken. Without a compiler nothing is built and :func:`library` is None: its
users have another way, and say which one runs.
"""
import ctypes
import functools
import os
from pathlib import Path

import numpy as np

BUILDS = ('base', 'avx2', 'avx512')
_PREFIX = '_native_'


def _path(build: str) -> Path | None:
    """File of a build, None if it was not compiled."""
    found = sorted(Path(__file__).parent.glob(f'{_PREFIX}{build}.*'))
    return next((p for p in found if p.suffix in ('.so', '.pyd')), None)


def _load(build: str) -> ctypes.CDLL | None:
    path = _path(build)
    try:
        return None if path is None else ctypes.CDLL(str(path))
    except OSError:
        # Built on another machine, or half a file.
        return None


@functools.cache
def build_name() -> str | None:
    """Name of the build that runs, None without one.

    The environment variable ``WSSS_PLUGINS_NATIVE`` takes another one:
    ``base``, ``avx2``, ``avx512`` or ``none``.

    Raises:
        RuntimeError: If the build that it names is not known, not there, or
            not for this processor.
    """
    base = _load('base')
    level = -1 if base is None else base.wsss_cpu_level()
    able = [name for name in BUILDS[:level + 1] if _load(name)]
    asked = os.environ.get('WSSS_PLUGINS_NATIVE', '')
    if asked == 'none':
        return None
    if asked and asked not in able:
        raise RuntimeError(
            f'WSSS_PLUGINS_NATIVE={asked}, but this machine has '
            f'{", ".join(able) or "no build"}; unset it, or build with: '
            'pip install --no-build-isolation -e .')
    return asked or (able[-1] if able else None)


@functools.cache
def library() -> ctypes.CDLL | None:
    """The build that runs; its calls let other threads run meanwhile."""
    name = build_name()
    return None if name is None else _load(name)


def pointer(array: np.ndarray) -> ctypes.c_void_p:
    """Address of a C-contiguous array.

    Raises:
        ValueError: If it is not contiguous.
    """
    if not array.flags.c_contiguous:
        raise ValueError('the array is not C-contiguous')
    return ctypes.c_void_p(array.ctypes.data)
