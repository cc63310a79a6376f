"""Hooks around Kedro runs: they check the settings, choose the executor, log to MLflow and print to the terminal."""

from seqframe.hooks.checkpoints import CheckpointHooks
from seqframe.hooks.checks import SettingsHooks
from seqframe.hooks.execution import ExecutionHooks, MemoryHooks
from seqframe.hooks.mlflow_runs import TrackingHooks
from seqframe.hooks.outputs import OutputHooks, UnlockHooks
from seqframe.hooks.terminal import ConsoleHooks

OUTPUT = OutputHooks()
CONSOLE = ConsoleHooks(OUTPUT)
CHECKPOINTS = CheckpointHooks()
TRACKING = TrackingHooks(CHECKPOINTS)
EXECUTION = ExecutionHooks()
# The last ones are called first, except for trylast.
HOOKS = (SettingsHooks(), TRACKING, CONSOLE, CHECKPOINTS, MemoryHooks(), EXECUTION, OUTPUT, UnlockHooks(OUTPUT))


def close_all(status: str) -> None:
    """End the worker processes, and close the console and the MLflow runs of a run that was stopped from outside."""
    EXECUTION.close()
    CONSOLE.close()
    TRACKING.close(status)
    OUTPUT.folders.close()
