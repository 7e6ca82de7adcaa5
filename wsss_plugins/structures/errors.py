"""The one exception for mistakes that a user can mend."""


class UserError(ValueError):
    """Bad input. The message is one line: the file, the value and the cure.

    Command-line tools print the message and exit with status 2, without a
    traceback; everything else is a bug and keeps its traceback.
    """
