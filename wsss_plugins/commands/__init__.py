"""The sub-commands of ``wsss``, also run by the scripts in ``tools``."""
import argparse
from collections.abc import Sequence

from .base import Command, all_commands, fill_parser, load_command

__all__ = ['Command', 'main', 'run_command']


def main(argv: Sequence[str] | None = None) -> int | None:
    """``wsss COMMAND ...``.

    Args:
        argv (Sequence[str], optional): Words after ``wsss``. Defaults to the
            command line's.

    Returns:
        int: Exit status.
    """
    parser = argparse.ArgumentParser(
        prog='wsss', description='From images with labels to masks and '
        'models.')
    parser.add_argument('--version', action='version', version=_version())
    choices = parser.add_subparsers(dest='command', required=True,
                                    metavar='COMMAND')
    commands = all_commands()
    for name, command in commands.items():
        fill_parser(choices.add_parser(name, help=command.help), command)
    args = parser.parse_args(argv)
    return commands[args.command].run(args)


def run_command(name: str, argv: Sequence[str] | None = None) -> int | None:
    """One sub-command, as a script of its own.

    Args:
        name (str): Which.
        argv (Sequence[str], optional): Its words. Defaults to the command
            line's.

    Returns:
        int: Exit status.
    """
    command = load_command(name)
    parser = argparse.ArgumentParser()
    fill_parser(parser, command)
    return command.run(parser.parse_args(argv))


def _version() -> str:
    from ..version import __version__
    return f'wsss_plugins {__version__}'
