"""The error that is for people."""


class UserError(ValueError):
    """A mistake in the settings or the data: one line that says the rule, what was received and what to do.

    The command line shows the line alone, without a traceback, and exits with 1.
    """
