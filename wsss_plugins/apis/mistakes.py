"""What OpenMMLab says of a user's mistake, in one line."""
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..structures import UserError

_PATTERNS = (
    (re.compile(r'(\S+) is not in the (\S+(?: \w+)*?) registry'),
     'type={0} is not registered ({1}); fix its name, or import its module '
     'with custom_imports'),
    (re.compile(r"(\w+)\.__init__\(\) got an unexpected keyword argument "
                r"'(\w+)"),
     '{0} takes no {1}; fix the name of the entry'),
    (re.compile(r"(\w+)\.__init__\(\) missing \d+ required (?:\S+ )?"
                r'arguments?: (.+)'),
     '{0} needs {1}; add it to the config'),
)
_KINDS = (KeyError, TypeError, ValueError, AssertionError, AttributeError)
# Assertions and type errors of OpenMMLab that speak of the config.
_CONFIG_WORDS = re.compile(r'`\w+`|num_classes|classes|config|should be')


@contextmanager
def naming_mistakes(config: str | Path) -> Iterator[None]:
    """Turn errors about a config into one line that names it.

    Args:
        config (str | Path): Its file.

    Raises:
        UserError: In place of errors that OpenMMLab and Python raise for
            wrong types, arguments and values of a config.
    """
    try:
        yield
    except UserError:
        raise
    except _KINDS as error:
        told = mistake(error)
        if told is None:
            raise
        raise UserError(f'{config}: {told}') from error


def mistake(error: Exception) -> str | None:
    """The line for an error; None if it is not about a config."""
    text = ' '.join(str(error).split())
    if isinstance(error, KeyError):  # it quotes its message
        text = text.strip('"\'')
    if 'Traceback' in text:  # of a data worker
        return None
    for pattern, line in _PATTERNS:
        match = pattern.search(text)
        if match:
            return line.format(*match.groups())
    if _CONFIG_WORDS.search(text):
        return text[:500]
    return None
