import re
import shutil
import sys
from pathlib import Path

from setuptools import find_packages, setup

ROOT = Path(__file__).resolve().parent
PACKAGE = ROOT / 'wsss_plugins'


def version() -> str:
    text = (PACKAGE / 'version.py').read_text()
    return re.search(r"__version__ = '(.+)'", text)[1]


def requirements(name: str) -> list[str]:
    lines = (ROOT / 'requirements' / f'{name}.txt').read_text().splitlines()
    return [line for line in lines if line and not line.startswith('#')]


def add_mim_files() -> None:
    """Put configs and tools where ``mim train wsss_plugins`` looks."""
    copy = {'sdist', 'bdist_wheel'} & set(sys.argv)
    mim = PACKAGE / '.mim'
    shutil.rmtree(mim, ignore_errors=True)
    mim.mkdir()
    for name in ('configs', 'tools', 'model-index.yml'):
        source, target = ROOT / name, mim / name
        if not source.exists():
            continue
        if not copy:
            target.symlink_to(Path('..', '..', name))
        elif source.is_dir():
            shutil.copytree(
                source, target, ignore=shutil.ignore_patterns('__pycache__'))
        else:
            shutil.copy(source, target)


if __name__ == '__main__':
    add_mim_files()
    setup(
        name='wsss_plugins',
        version=version(),
        description='Weakly supervised segmentation as plugins for '
        'MMSegmentation and MMDetection',
        long_description=(ROOT / 'README.md').read_text(encoding='utf-8'),
        long_description_content_type='text/markdown',
        license='Apache-2.0',
        python_requires='>=3.10',
        packages=find_packages(include=['wsss_plugins*']),
        include_package_data=True,
        package_data={'wsss_plugins': ['.mim/**/*']},
        install_requires=requirements('runtime'),
        extras_require={
            name: requirements(name)
            for name in ('onedl', 'openmmlab', 'crf', 'tests')
        },
        zip_safe=False)
