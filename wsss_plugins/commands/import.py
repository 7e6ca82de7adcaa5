"""``wsss import``: masks that were corrected in another tool."""
import argparse

from .base import Command

_SHOWN = 20


class Import(Command):
    """Takes masks of other tools over as corrections."""
    name = 'import'
    help = 'take masks back that were corrected in another tool'
    example = 'wsss import out/ project.json --format label-studio'

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add workspace, file and format."""
        parser.add_argument('workspace', metavar='OUT',
                            help='folder that "wsss label-images" made')
        parser.add_argument('file', help='file, folder or .zip of the tool')
        parser.add_argument('--format', required=True,
                            help='see "wsss export --list"')
        parser.add_argument(
            '--all', action='store_true',
            help='take masks that were not changed as corrections, too')

    def run(self, args: argparse.Namespace) -> None:
        """Read all, then write corrections."""
        from ..apis.mask_export import import_masks
        from ..workspace.layout import Workspace
        done = import_masks(Workspace(args.workspace), args.file, args.format,
                            args.all)
        for line in done.problems[:_SHOWN]:
            print(f'left out: {line}')
        if len(done.problems) > _SHOWN:
            print(f'and {len(done.problems) - _SHOWN} more')
        print(f'{len(done.changed)} masks are corrections now, {done.same} '
              'were not changed')
        if done.changed:
            print('next: the "wsss label-images" command again, to train on '
                  'them')
