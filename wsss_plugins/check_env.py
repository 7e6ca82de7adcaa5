"""Print what is installed, and the line that fixes what is missing.

``python -m wsss_plugins.check_env``: exit status 0 when everything that the
README's two commands need is there. Imports nothing heavy before it knows
that it can. No line installs a package of one OpenMMLab family over the
other's.
"""
import importlib
import platform
import sys
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from .families import (
    FAMILIES,
    LITE,
    families_here,
    installed,
    name_of,
    version_of,
)

_PIP = f'{sys.executable} -m pip install'
_UNINSTALL = f'{sys.executable} -m pip uninstall -y'


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


def _package(name: str, distributions: tuple[str, ...], fix: str) -> Finding:
    try:
        module = importlib.import_module(name)
    except Exception as error:  # a broken package can raise anything
        reason = ' '.join(str(error).split())
        return Finding(name, f'missing ({reason})', fix)
    for distribution in distributions:
        if version := version_of(distribution):
            return Finding(name, f'{version} ({distribution})')
    return Finding(name, getattr(module, '__version__', 'unknown'))


def _numpy(requirement: str) -> Finding:
    """One that torch can exchange arrays with."""
    found = _package('numpy', ('numpy', ), f"{_PIP} '{requirement}'")
    if found.fix:
        return found
    try:
        importlib.import_module('torch').zeros(1).numpy()
    except ImportError:
        return found  # torch has a line of its own
    except RuntimeError as error:
        return Finding('numpy', f'{found.state}, too new for this torch '
                       f'({error})', f"{_PIP} 'numpy<2'")
    return found


def _openmmlab(name: str, family: str) -> Finding:
    """One of the packages that both families bring."""
    requirement = FAMILIES[family][name]
    names = (name_of(requirement), LITE.get(name, ''))
    fix = f"{_PIP} '{requirement}'"
    if name == 'mmcv':
        fix = _mmcv_with_ops(family)
    found = _package(name, names, fix)
    if found.fix and 'MMCV==' in found.state:  # too old or new for this one
        return found._replace(fix=_mmcv_with_ops(family))
    return found


def _mmcv_with_ops(family: str) -> str:
    """The line that installs mmcv with operators, a wheel if there is one."""
    requirement = FAMILIES[family]['mmcv']
    if family == 'onedl':
        return ('MMCV_WITH_OPS=1 '
                f'{_PIP} --no-build-isolation --no-cache-dir '
                f"--force-reinstall --no-deps '{requirement}'")
    line = (f"{_PIP} openmim 'setuptools<70' && MMCV_WITH_OPS=1 "
            f"{sys.executable} -m mim install '{requirement}'")
    if version_of(LITE['mmcv']):
        line = f'{_UNINSTALL} {LITE["mmcv"]} && {line}'
    return line


def _ops(family: str) -> Finding:
    try:
        importlib.import_module('mmcv.ops')
    except Exception:
        state = 'missing: Mask R-CNN cannot run'
        if family == 'openmmlab':
            state = 'missing: mmseg and mmdet import them'
            if version_of(LITE['mmcv']):
                state += ', and mmcv-lite has none'
        return Finding('mmcv ops', state, _mmcv_with_ops(family))
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
    here = families_here()
    if len(here) == 2:
        names = [name for family in here for name in installed(family).values()
                 ]
        return Finding(
            'OpenMMLab family', f'both are installed, over one another: '
            f'{", ".join(names)}', f'{_UNINSTALL} {" ".join(names)}; then '
            'install one family, best in an environment of its own')
    if not here:
        return Finding(
            'OpenMMLab family', 'none', f'{_PIP} '
            + ' '.join(f"'{FAMILIES['onedl'][name]}'"
                       for name in ('mmengine', 'mmseg', 'mmdet')))
    return Finding('OpenMMLab family', here[0])


def findings() -> list[Finding]:
    """Look at everything that the package stands on."""
    here = families_here()
    family = here[0] if here else 'onedl'
    wanted = FAMILIES[family]
    checks: list[Callable[[], Finding]] = [
        _python,
        partial(_package, 'torch', ('torch', ), f"{_PIP} '{wanted['torch']}'"),
        partial(_numpy, wanted['numpy']),
        _family,
    ]
    if len(here) < 2:  # with both there, that is to be mended first
        checks += [
            partial(_openmmlab, 'mmengine', family),
            partial(_openmmlab, 'mmcv', family),
            partial(_ops, family),
            partial(_openmmlab, 'mmseg', family),
            partial(_openmmlab, 'mmdet', family),
        ]
    checks += [
        partial(_package, 'pydensecrf', ('pydensecrf2', 'pydensecrf'),
                f"{_PIP} 'pydensecrf2==1.1'"),
        partial(_package, 'pycocotools', ('pycocotools', ),
                f'{_PIP} pycocotools'),
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
