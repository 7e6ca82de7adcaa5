import platform
import re
import shutil
import sys
from pathlib import Path

from setuptools import Extension, find_packages, setup

ROOT = Path(__file__).resolve().parent
PACKAGE = ROOT / 'wsss_plugins'


def version() -> str:
    text = (PACKAGE / 'version.py').read_text()
    return re.search(r"__version__ = '(.+)'", text)[1]


def requirements(name: str) -> list[str]:
    lines = (ROOT / 'requirements' / f'{name}.txt').read_text().splitlines()
    return [line for line in lines if line and not line.startswith('#')]


def native_builds() -> list[Extension]:
    """The compiled part of ops, for every machine and for newer processors.

    Optional: without a compiler the package works and says what runs in its
    place. Loaded by wsss_plugins/ops/native.py.
    """
    flags = dict(base=[])
    if platform.machine().lower() in ('x86_64', 'amd64'):
        flags['avx2'] = ['-mavx2', '-mfma']
        flags['avx512'] = [
            *flags['avx2'], '-mavx512f', '-mavx512vl', '-mavx512bw',
            '-mavx512dq', '-mprefer-vector-width=512'
        ]
    folder = Path('wsss_plugins', 'ops')
    return [
        Extension(
            f'wsss_plugins.ops._native_{name}',
            sources=[str(path) for path in sorted(folder.rglob('csrc/*.cpp'))],
            depends=[str(path) for path in sorted(folder.rglob('csrc/*.hpp'))],
            include_dirs=[str(folder / 'csrc')],
            language='c++',
            # Points must fall into the same simplices in every build.
            extra_compile_args=[
                '-std=c++17', '-O3', '-g0', '-fno-math-errno',
                '-fno-trapping-math', '-ffp-contract=off', '-Wno-psabi',
                *extra
            ],
            optional=True) for name, extra in flags.items()
    ]


def add_mim_files(copy: bool) -> None:
    """Put configs and tools where ``mim train wsss_plugins`` looks.

    Into what is to be moved elsewhere go copies, into a checkout links.
    """
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
    moved = bool({'sdist', 'bdist_wheel'} & set(sys.argv))
    add_mim_files(copy=moved)
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
        ext_modules=native_builds(),
        entry_points=dict(
            console_scripts=['wsss = wsss_plugins.__main__:run']),
        include_package_data=True,
        package_data={
            'wsss_plugins': [
                '.mim/**/*', 'review/static/*.html', 'review/static/*.css',
                'review/static/*.js', 'review/static/*.svg'
            ]
        },
        install_requires=requirements('runtime'),
        extras_require={
            path.stem: requirements(path.stem)
            for path in sorted((ROOT / 'requirements').glob('*.txt'))
            if path.stem != 'runtime'
        },
        zip_safe=False)
    # Copies would grow stale in a checkout that is in use.
    if moved:
        add_mim_files(copy=False)
