"""The one exception for mistakes that a user can fix."""


class UserError(ValueError):
    """Bad input. The message is one line: the file, the value and the fix.

    Command-line tools print the message and exit with status 2, without a
    traceback; everything else is a bug and keeps its traceback.
    """
