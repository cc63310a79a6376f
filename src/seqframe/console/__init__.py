"""What the terminal shows."""

from seqframe.console.console import RunConsole, command_options

__all__ = ["RunConsole", "command_options"]
