"""Terminal output of runs."""

from seqframe.console.console import RunConsole, command_options

__all__ = ["RunConsole", "command_options"]
