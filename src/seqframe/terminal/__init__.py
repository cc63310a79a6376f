"""What the terminal shows."""

from seqframe.terminal.screen import Screen

__all__ = ["Screen"]
