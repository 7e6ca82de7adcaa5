"""Words of a stage's command line, and how a shell reads them."""
import argparse
import shlex
import sys
from pathlib import Path

from mmengine.config import DictAction

from ..structures import UserError


class ShellText(str):
    """A word of a command that a shell is to expand, so is not quoted."""


def flat_options(options: dict, prefix: str = '') -> dict:
    """Nested dicts as dotted keys, as a command line has them."""
    flat = {}
    for key, value in options.items():
        if isinstance(value, dict) and value:
            flat.update(flat_options(value, f'{prefix}{key}.'))
        else:
            flat[prefix + key] = value
    return flat


def option_words(where: str, options: dict) -> list[str]:
    """``--cfg-options key=value ...``; nothing without options.

    Args:
        where (str): For messages.
        options (dict): By dotted key.

    Returns:
        list[str]: Words that the tools read as these very values.

    Raises:
        UserError: If no such text exists, as for a path with a comma.
    """
    return ['--cfg-options'] * bool(options) + [
        _option(where, key, value) for key, value in options.items()
    ]


def _option(where: str, key: str, value) -> str:
    word = f'{key}={_text(value)}'
    parser = argparse.ArgumentParser()
    parser.add_argument('--options', nargs='+', action=DictAction)
    try:
        read = parser.parse_args(['--options', word]).options
    except AssertionError:  # brackets without their partner
        read = None
    if read != {key: value}:
        raise UserError(f'{where}: {key} = {value!r} cannot be given on a '
                        'command line (spaces, commas, brackets, or a text '
                        'like a number); rename, or write it into the config')
    return word


def _text(value) -> str:
    if isinstance(value, (list, tuple)):
        left, right = '()' if isinstance(value, tuple) else '[]'
        return left + ','.join(_text(v) for v in value) + right
    return str(value)


def shell_line(words: list[str], here: Path | None = None) -> str:
    """A command as one would type it.

    Args:
        words (list[str]): The command.
        here (Path, optional): Folder in which it is typed; paths below it
            become relative, or begin with ``$PWD`` within a word.
    """
    return ' '.join(_typed(word, here) for word in words)


def _typed(word: str, here: Path | None) -> str:
    if isinstance(word, ShellText):
        return word
    if word == sys.executable:
        return 'python'
    folder = f'{here}/'
    if here is None or folder not in word:
        return shlex.quote(word)
    if word.startswith(folder):
        return shlex.quote(word.removeprefix(folder))
    # $PWD stays outside of quotes, so both sides must do without them.
    if shlex.quote(word) != word:
        return shlex.quote(word)
    return word.replace(f'={folder}', '=$PWD/')
