"""What happens around Kedro's runs: settings are checked first, MLflow and the terminal are told."""

from seqframe.hooks.settings import SettingsHooks
from seqframe.hooks.terminal import TerminalHooks
from seqframe.hooks.tracking import TrackingHooks

TRACKING = TrackingHooks()
TERMINAL = TerminalHooks()
HOOKS = (SettingsHooks(), TRACKING, TERMINAL)


def close_all(status: str) -> None:
    """Leave nothing open behind a run that was stopped from outside."""
    TERMINAL.close()
    TRACKING.close(status)
