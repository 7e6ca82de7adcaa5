"""List registered types and builders of stages, with what each does.

list_plugins.py head

``--markdown docs/plugins.md`` writes the page of that name, options included.
"""
import argparse
from pathlib import Path

import wsss_plugins  # noqa: F401 (registers the scopes of configs)
from wsss_plugins.apis.catalog import as_markdown, as_text, parts
from wsss_plugins.apis.cli import run_main
from wsss_plugins.structures import UserError, atomic_path

HEAD = '''# Plugins

Every registered type of this package, and the functions that build stages of
pipelines. In a config, write the name of a type as it stands here; it works
inside stock models of mmseg and mmdet without `custom_imports`. Parts of
reports stand in pipeline files, by their names: a column as its `kind`, a
section as its entry in `report`, a result as the `kind` of its file.
`**Parent` stands for all options of a class of another package. Arguments,
shapes and sources are in the docstrings. This page is made by
`python tools/list_plugins.py --markdown docs/plugins.md`.

'''


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('kind', nargs='?', help='such as head (default: all)')
    parser.add_argument(
        '--markdown',
        type=Path,
        metavar='FILE',
        help='write tables to this file instead of printing lines')
    return parser.parse_args()


def main() -> None:
    """Print, or write."""
    args = parse_args()
    found = parts(args.kind)
    if not found:
        kinds = ', '.join(sorted({part.kind for part in parts()}))
        raise UserError(f'no plugins of kind {args.kind!r}; choose one of '
                        f'{kinds}')
    if args.markdown:
        with atomic_path(args.markdown) as temporary:
            temporary.write_text(HEAD + as_markdown(found), encoding='utf-8')
    else:
        print(as_text(found))


if __name__ == '__main__':
    run_main(main)
