"""What the terminal shows."""

from seqframe.terminal.commands import options_of
from seqframe.terminal.screen import Screen

__all__ = ["Screen", "options_of"]
