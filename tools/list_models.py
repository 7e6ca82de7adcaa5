"""List all configs with a network in the metafiles that ``mim`` reads.

list_models.py --check

Writes ``Models`` of each ``configs/*/metafile.yml`` and ``model-index.yml``;
``--check`` only says which of them are out of date (exit status 1). A new
folder of configs needs a metafile with its collection: name, paper, README.
"""
import argparse
from pathlib import Path

from wsss_plugins.apis.cli import run_main
from wsss_plugins.structures import atomic_path

ROOT = Path(__file__).resolve().parents[1]


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        '--root',
        type=Path,
        default=ROOT,
        help='checkout with configs/ (default: that of this file)')
    parser.add_argument(
        '--check', action='store_true', help='write nothing')
    return parser.parse_args()


def main() -> int:
    """Write what changed, and name it."""
    args = parse_args()
    from wsss_plugins.apis.model_index import texts
    changed = 0
    for path, text in texts(args.root).items():
        if path.is_file() and path.read_text(encoding='utf-8') == text:
            continue
        changed += 1
        print(path)
        if not args.check:
            with atomic_path(path) as temporary:
                temporary.write_text(text, encoding='utf-8')
    return int(args.check and changed > 0)


if __name__ == '__main__':
    run_main(main)
