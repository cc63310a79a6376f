"""The terminal is told what happens."""

from typing import Any

from kedro.framework.hooks import hook_impl
from kedro.pipeline import Pipeline

from seqframe.hooks.pipelines import framings_of, is_tracked, name_of
from seqframe.hooks.settings import SettingsHooks
from seqframe.terminal import Screen


class TerminalHooks:
    """Draw progress, and at the end the tables and the commands that look closer."""

    def __init__(self) -> None:
        self._screen: Screen | None = None

    @hook_impl(trylast=True)
    def before_pipeline_run(self, run_params: dict[str, Any], pipeline: Pipeline) -> None:
        """Say what is about to be run."""
        shown = framings_of(pipeline) or is_tracked(pipeline) or "forecasts" in pipeline.outputs()
        if shown and SettingsHooks.settings is not None:
            self._screen = Screen()
            self._screen.open(name_of(run_params), SettingsHooks.settings)

    @hook_impl(trylast=True)
    def after_pipeline_run(self, run_result: dict[str, Any], run_params: dict[str, Any]) -> None:
        """Show the tables that the pipeline ends in."""
        if self._screen is not None:
            self._screen.close()
            tables = {name: dataset.load() for name, dataset in run_result.items() if self._screen.shows(name)}
            self._screen.show(tables, run_params)
            self._screen = None

    @hook_impl
    def on_pipeline_error(self) -> None:
        """Clear the progress bars away."""
        self.close()

    def close(self) -> None:
        """Stop drawing, and give the terminal its cursor back."""
        if self._screen is not None:
            self._screen.close()
            self._screen = None
