"""Progress, tables and next commands in the terminal."""

from io import StringIO
from typing import Any

import pandas as pd
from kedro.framework.hooks import hook_impl
from kedro.io import CatalogProtocol
from kedro.pipeline import Pipeline
from kedro.pipeline.node import Node

from seqframe.config import Settings
from seqframe.console.console import RunConsole
from seqframe.forecasting.baselines import backtest_baselines
from seqframe.forecasting.label_baselines import label_baselines
from seqframe.hooks.checks import SettingsHooks
from seqframe.hooks.outputs import OutputHooks
from seqframe.hooks.pipeline_content import count_networks, is_tracked, node_step
from seqframe.pipelines.names import pipeline_title
from seqframe.tracking.outputs import Output, declared_outputs
from seqframe.training.events import Message, emit


class ConsoleHooks:
    """Print progress, and at the end the tables and the commands that show more."""

    def __init__(self, output: OutputHooks) -> None:
        self.has_headline = False  # whether the command has printed its headline already
        self._output = output
        self._console: RunConsole | None = None
        self._pipeline = Pipeline([])
        self._declared: dict[str, Output] = {}
        self._results: dict[str, Any] = {}
        self._folds = 1

    @hook_impl(trylast=True)
    def before_pipeline_run(self, run_params: dict[str, Any], pipeline: Pipeline, catalog: CatalogProtocol) -> None:
        """Print what is run."""
        if SettingsHooks.settings is None:
            return
        self._console, self._pipeline = RunConsole(files=self._output.files), pipeline
        self._folds, self._results = 1, {}
        self._declared = declared_outputs({name: catalog.get(name) for name in pipeline.outputs()})
        self._console.open(pipeline_title(run_params["pipeline_names"]), SettingsHooks.settings, self.has_headline)
        if self._output.folders.is_second:
            folder = self._output.folders.name
            emit(Message(f"Another run of this command is in progress: the files of this one are in folders {folder}."))
        self._expect(SettingsHooks.settings, SettingsHooks.settings.backtest.refit)

    @hook_impl
    def after_node_run(self, node: Node, outputs: dict[str, Any]) -> None:
        """Show finished framings and experiments, and the number of networks once the folds are known."""
        if self._console is None or SettingsHooks.settings is None:
            return
        self._results |= {name: outputs[name] for name in self._declared.keys() & outputs.keys()}
        refit = SettingsHooks.settings.backtest.refit
        if "backtest_config" in outputs:
            self._folds = outputs["backtest_config"].n_folds
            self._expect(SettingsHooks.settings, refit)
        if "conclusion" in outputs:
            self._expect(SettingsHooks.settings, refit or outputs["conclusion"].refit)
        if count_networks(Pipeline([node]), seeds=1):
            refitted = _refitted_name(outputs)
            self._console.finish(node.namespace or refitted or node_step(node))

    def _expect(self, settings: Settings, refit: str | None) -> None:
        """Set the number of networks; `refit` is the framing or baseline that is refitted, None where it is unknown."""
        if self._console is not None:
            baselines = {*backtest_baselines(), *(each.name for each in label_baselines(settings.task))}
            seeds, networks = settings.training.n_seeds, refit not in baselines
            trials = settings.sweep.n_trials
            self._console.expect(count_networks(self._pipeline, seeds, self._folds, networks, trials))

    @hook_impl(trylast=True)
    def after_pipeline_run(self, run_params: dict[str, Any]) -> None:
        """Print the outputs that the catalog declares, and the commands that show more.

        They are not read from files, which another run may have replaced.
        """
        if self._console is None:
            return
        title = pipeline_title(run_params["pipeline_names"])
        printed = [name for name, output in self._declared.items() if output.is_printed_in(title)]
        results = {name: _as_stored(self._results[name]) for name in printed if name in self._results}
        if not results and not is_tracked(self._pipeline):
            nodes = ", ".join(node.name for node in self._pipeline.nodes)
            emit(Message(f"Finished: {nodes}. There are no results to print."))
        self._console.close()
        if results or is_tracked(self._pipeline):
            self._console.show(results, run_params)
        self._console = None

    @hook_impl
    def on_pipeline_error(self) -> None:
        """Remove the progress bars."""
        self.close()

    def close(self) -> None:
        """Stop printing, and show the terminal's cursor again."""
        if self._console is not None:
            self._console.close()
            self._console = None


def _as_stored(value: Any) -> Any:
    """A table with the types that it has in its CSV file; other values are unchanged."""
    return pd.read_csv(StringIO(value.to_csv(index=False))) if isinstance(value, pd.DataFrame) else value


def _refitted_name(outputs: dict[str, Any]) -> str | None:
    """Name of the framing or the baseline that a node has refitted, if it has."""
    if "classifier" in outputs:
        return str(outputs["classifier"].classifier.config.name)
    return str(outputs["forecaster"].forecaster.config.name) if "forecaster" in outputs else None
