"""The exception for mistakes of the user."""


class UserError(ValueError):
    """A mistake in the settings or the data. The message is one line: the rule, what was received, and what to do.

    The command line prints only this line, without a traceback, and exits with code 1.
    """
