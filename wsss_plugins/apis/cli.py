"""What all command-line tools share."""
import sys
from collections.abc import Callable

from ..structures import UserError


def run_main(main: Callable[[], int | None]) -> None:
    """Run a tool's ``main``; a user's mistake becomes one line and status 2.

    Args:
        main (Callable): Entry point without arguments; its return value is
            the exit status.
    """
    try:
        status = main()
    except UserError as error:
        print(f'error: {_message(error)}', file=sys.stderr)
        status = 2
    except KeyboardInterrupt:
        print('interrupted; run the same command again to go on',
              file=sys.stderr)
        status = 130
    sys.exit(status)


def _message(error: UserError) -> str:
    """The one line; data workers send it at the end of their traceback."""
    text = str(error).strip()
    if '\nOriginal Traceback ' not in text:
        return text
    return text.rpartition('\n')[2].partition(': ')[2]
