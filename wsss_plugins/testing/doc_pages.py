"""Pages of the documentation whose code blocks are run as they stand."""
import os
import re
import subprocess
import sys
from pathlib import Path

_BLOCK = re.compile(r'^```(\w+)\n(.*?)^```$', re.M | re.S)
_WSSS = 'wsss() { python -m wsss_plugins "$@"; }\n'


def code_blocks(page: Path) -> list[tuple[str, str]]:
    """Language and text of each block of a page."""
    return _BLOCK.findall(page.read_text(encoding='utf-8'))


def run_block(language: str, text: str, folder: Path,
              root: Path) -> subprocess.CompletedProcess:
    """Run a block of ``bash`` or ``python`` in a folder.

    Args:
        language (str): Of the block.
        text (str): Of the block.
        folder (Path): To run it in.
        root (Path): Of the checkout.
    """
    path = os.pathsep.join([str(root), os.environ.get('PYTHONPATH', '')])
    environment = dict(
        os.environ, OMP_NUM_THREADS='1', PYTHONPATH=path,
        PATH=f'{Path(sys.executable).parent}{os.pathsep}{os.environ["PATH"]}')
    words = (['bash', '-euc', _WSSS + text] if language == 'bash' else
             [sys.executable, '-c', text])
    return subprocess.run(words, cwd=folder, env=environment, text=True,
                          capture_output=True, timeout=900)
