"""The two families of distributions that bring OpenMMLab's import names.

The original one and the maintained ``onedl-*`` one write into the same
folders: an environment has one of them, and what it lacks is to come from the
family that is there. Imports nothing but the standard library.
"""
import importlib.metadata

# What to install for each import name, as in requirements/FAMILY.txt.
FAMILIES = {
    'onedl': {
        'mmengine': 'onedl-mmengine>=0.10.12,<0.11',
        'mmcv': 'onedl-mmcv>=2.3.6,<2.4',
        'mmseg': 'onedl-mmsegmentation>=1.4.2,<1.5',
        'mmdet': 'onedl-mmdetection>=3.5.1,<3.6',
        'torch': 'torch>=2.1,<2.14',
        'numpy': 'numpy<2.3'
    },
    'openmmlab': {
        'mmengine': 'mmengine>=0.10.7,<0.11',
        'mmcv': 'mmcv>=2.1,<2.2',
        'mmseg': 'mmsegmentation==1.2.2',
        'mmdet': 'mmdet==3.3.0',
        'torch': 'torch>=2.1,<2.7',
        'numpy': 'numpy<2'
    }
}
# Distributions of the original family without the compiled parts.
LITE = {'mmcv': 'mmcv-lite', 'mmengine': 'mmengine-lite'}
_SHARED = ('torch', 'numpy')


def name_of(requirement: str) -> str:
    """The distribution that a requirement is of: ``mmcv>=2.1`` is ``mmcv``."""
    for sign in '<>=':
        requirement = requirement.partition(sign)[0]
    return requirement


def version_of(distribution: str) -> str | None:
    """Installed version of a distribution, None if it is not there."""
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None


def installed(family: str) -> dict[str, str]:
    """Distributions of a family that are there, by the name to import.

    Args:
        family (str): ``onedl`` or ``openmmlab``.
    """
    found = {}
    for module, requirement in FAMILIES[family].items():
        names = [name_of(requirement)]
        if family == 'openmmlab' and module in LITE:
            names.append(LITE[module])
        there = [name for name in names if version_of(name)]
        if there and module not in _SHARED:
            found[module] = there[0]
    return found


def families_here() -> list[str]:
    """Families of which something is installed, the fuller one first."""
    found = [name for name in FAMILIES if installed(name)]
    return sorted(found, key=lambda name: -len(installed(name)))
