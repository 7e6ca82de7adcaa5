"""``tools/run_pipeline.py`` of an installed package.

Usage: ``python -m wsss_plugins.pipelines PIPELINE [options]``.
"""
import runpy
import sys

from ..structures import UserError
from .places import find_tool

if __name__ == '__main__':
    try:
        sys.argv[0] = str(find_tool('tools/run_pipeline.py'))
    except UserError as error:
        print(f'error: {error}', file=sys.stderr)
        sys.exit(2)
    runpy.run_path(sys.argv[0], run_name='__main__')
