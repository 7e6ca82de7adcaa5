"""Sub-commands of ``wsss``; a module of this package adds one."""
import argparse
import importlib
import pkgutil

_NOT_COMMANDS = ('base', )


class Command:
    """One sub-command; a subclass in a module of this package is found.

    Its module is named after it, ``label_images`` for ``label-images``, and
    imports heavy libraries in :meth:`run` only.

    Attributes:
        name (str): As it is typed.
        help (str): One line.
        example (str): A whole command line.
    """
    name: str
    help: str
    example: str

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add its arguments."""
        raise NotImplementedError

    def run(self, args: argparse.Namespace) -> int | None:
        """Do it; returns the exit status."""
        raise NotImplementedError


def all_commands() -> dict[str, Command]:
    """All sub-commands by name, sorted."""
    package = importlib.import_module(__package__)
    for info in pkgutil.iter_modules(package.__path__):
        if info.name not in _NOT_COMMANDS:
            importlib.import_module(f'{__package__}.{info.name}')
    found = [cls() for cls in Command.__subclasses__()]
    return {each.name: each for each in sorted(found, key=lambda c: c.name)}


def load_command(name: str) -> Command:
    """The sub-command of a name, without importing the others."""
    importlib.import_module(f'{__package__}.{name.replace("-", "_")}')
    return next(cls() for cls in Command.__subclasses__()
                if cls.name == name)


def fill_parser(parser: argparse.ArgumentParser, command: Command) -> None:
    """Give a parser the command's arguments, help and example."""
    parser.description = (f'{command.help}\n\nexample:\n  '
                          f'{command.example}')
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    command.add_arguments(parser)
