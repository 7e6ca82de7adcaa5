"""Print what is installed, and the line that fixes what is missing.

``python -m wsss_plugins.check_env``: exit status 0 when everything that the
README's two commands need is there. Imports nothing heavy before it knows
that it can.
"""
import importlib
import importlib.metadata
import platform
import sys
from collections.abc import Callable
from typing import NamedTuple

_PIP = f'{sys.executable} -m pip install'


class Finding(NamedTuple):
    """One line of the report; ``fix`` is None where all is well."""
    name: str
    state: str
    fix: str | None = None


def _python() -> Finding:
    fix = None
    if sys.version_info < (3, 10):  # noqa: UP036 (this file tells so)
        fix = 'install Python 3.10 or newer and run `make env PYTHON=...`'
    return Finding('Python', platform.python_version(), fix)


def _version(name: str, distributions: tuple[str, ...]) -> str:
    for distribution in distributions:
        try:
            version = importlib.metadata.version(distribution)
        except importlib.metadata.PackageNotFoundError:
            continue
        return f'{version} ({distribution})'
    return getattr(importlib.import_module(name), '__version__', 'unknown')


def _package(name: str, distributions: tuple[str, ...],
             requirement: str) -> Finding:
    try:
        importlib.import_module(name)
    except Exception as error:  # a broken package can raise anything
        return Finding(name, f'missing ({error})', f"{_PIP} '{requirement}'")
    return Finding(name, _version(name, distributions))


def _ops() -> Finding:
    try:
        importlib.import_module('mmcv.ops')
    except Exception:
        return Finding(
            'mmcv ops', 'missing: Mask R-CNN cannot run', 'MMCV_WITH_OPS=1 '
            f'{_PIP} --no-build-isolation --no-cache-dir --force-reinstall '
            '--no-deps onedl-mmcv')
    return Finding('mmcv ops', 'compiled')


def _native() -> Finding:
    from .ops.native import build_name
    name = build_name()
    state = f'compiled ({name})' if name else (
        'not compiled: pydensecrf and torch run in its place, slower; build '
        f'it with: {_PIP} --no-build-isolation --no-deps -e .')
    return Finding('wsss_plugins ops', state)


def _gpu() -> Finding:
    import torch
    if not torch.cuda.is_available():
        return Finding('GPU', 'none; everything runs on the CPU')
    names = [
        torch.cuda.get_device_name(i)
        for i in range(torch.cuda.device_count())
    ]
    return Finding('GPU', ', '.join(names))


def _family() -> Finding:
    installed = {
        family: all(_installed(name) for name in names)
        for family, names in {
            'onedl': ('onedl-mmengine', 'onedl-mmcv', 'onedl-mmsegmentation'),
            'openmmlab': ('mmengine', 'mmcv', 'mmsegmentation')
        }.items()
    }
    families = [name for name, there in installed.items() if there]
    if len(families) == 2:
        return Finding(
            'OpenMMLab family', 'both installed, over one another',
            f'{sys.executable} -m pip uninstall -y mmengine mmcv '
            'mmsegmentation mmdet')
    if not families:
        return Finding('OpenMMLab family', 'incomplete',
                       f'{_PIP} -r requirements/onedl.txt')
    return Finding('OpenMMLab family', families[0])


def _installed(distribution: str) -> bool:
    try:
        importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def findings() -> list[Finding]:
    """Look at everything that the package stands on."""
    checks: list[Callable[[], Finding]] = [
        _python,
        lambda: _package('torch', ('torch', ), 'torch>=2.1,<2.14'),
        lambda: _package('numpy', ('numpy', ), 'numpy<2.3'),
        _family,
        lambda: _package('mmengine', ('onedl-mmengine', 'mmengine'),
                         'onedl-mmengine>=0.10.12'),
        lambda: _package('mmcv', ('onedl-mmcv', 'mmcv'), 'onedl-mmcv>=2.3.6'),
        _ops,
        lambda: _package('mmseg', ('onedl-mmsegmentation', 'mmsegmentation'),
                         'onedl-mmsegmentation>=1.4.2'),
        lambda: _package('mmdet', ('onedl-mmdetection', 'mmdet'),
                         'onedl-mmdetection>=3.5.1'),
        lambda: _package('pydensecrf', ('pydensecrf2', 'pydensecrf'),
                         'pydensecrf2==1.1'),
        lambda: _package('pycocotools', ('pycocotools', ), 'pycocotools'),
    ]
    found = [check() for check in checks]
    if found[1].fix is None and found[2].fix is None:
        found += [_native(), _gpu()]
    return found


def main() -> int:
    """Print the report; 0 if nothing is missing, else 1."""
    found = findings()
    for name, state, fix in found:
        print(f'{"MISSING" if fix else "ok":>8}  {name:<17} {state}')
        if fix:
            print(f'{"":>8}  fix: {fix}')
    return int(any(finding.fix for finding in found))


if __name__ == '__main__':
    sys.exit(main())
