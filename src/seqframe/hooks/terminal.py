"""The terminal is told what happens."""

from typing import Any

from kedro.framework.hooks import hook_impl
from kedro.pipeline import Pipeline
from kedro.pipeline.node import Node

from seqframe.hooks.pipelines import count_pieces, framings_of, is_tracked, name_of, step_of
from seqframe.hooks.settings import SettingsHooks
from seqframe.terminal import Screen


class TerminalHooks:
    """Draw progress, and at the end the tables and the commands that look closer."""

    def __init__(self) -> None:
        self._screen: Screen | None = None
        self._pipeline = Pipeline([])

    @hook_impl(trylast=True)
    def before_pipeline_run(self, run_params: dict[str, Any], pipeline: Pipeline) -> None:
        """Say what is about to be run."""
        shown = framings_of(pipeline) or is_tracked(pipeline) or "forecasts" in pipeline.outputs()
        if shown and SettingsHooks.settings is not None:
            self._screen, self._pipeline = Screen(), pipeline
            self._screen.open(name_of(run_params), SettingsHooks.settings)
            self._screen.expect(count_pieces(pipeline, SettingsHooks.settings.training.seeds))

    @hook_impl
    def after_node_run(self, node: Node, outputs: dict[str, Any]) -> None:
        """Say what is done: the networks of a framing, or a question; and when it is known, how much there is."""
        if self._screen is None or SettingsHooks.settings is None:
            return
        if "folds" in outputs:
            folds, seeds = len(outputs["folds"].posed), SettingsHooks.settings.training.seeds
            self._screen.expect(count_pieces(self._pipeline, seeds, folds))
        if count_pieces(Pipeline([node]), seeds=1):
            kept = outputs["kept"].forecaster.recipe.framing if "kept" in outputs else None
            self._screen.finish(node.namespace or kept or step_of(node))

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
