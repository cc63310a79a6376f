"""The executor of a command, and its memory."""

import sys

from kedro.framework.hooks import hook_impl
from kedro.io import CatalogProtocol
from kedro.pipeline import Pipeline

from seqframe.data.memory import release_free_memory
from seqframe.execution.executors import ClosableExecutor, count_at_once, make_executor, start_compiling
from seqframe.hooks.checks import SettingsHooks
from seqframe.hooks.pipeline_content import SEARCH, count_training

KERNEL = "seqframe.networks.layers.lstm_kernel"  # it imports TensorFlow


class ExecutionHooks:
    """Give a command the executor of its settings, and end the worker processes with it."""

    def __init__(self) -> None:
        self._executor: ClosableExecutor | None = None

    @hook_impl
    def before_pipeline_run(self, pipeline: Pipeline, catalog: CatalogProtocol) -> None:
        """Choose the executor. Worker processes start at once, while this process reads the data."""
        self.close()
        settings = SettingsHooks.settings
        if settings is None or "executor" not in pipeline.inputs():
            return
        searches = any(node.name == SEARCH for node in pipeline.nodes)  # whose trials differ in more than their seed
        at_once = 1 if searches else count_at_once(settings)
        start_compiling(settings)
        self._executor = make_executor(settings.execution, *count_training(pipeline, settings), at_once)
        catalog["executor"].set_executor(self._executor)

    @hook_impl
    def after_pipeline_run(self) -> None:
        """End the worker processes."""
        self.close()

    @hook_impl
    def on_pipeline_error(self) -> None:
        """End the worker processes."""
        self.close()

    def close(self) -> None:
        """End the worker processes, if there are any."""
        if self._executor is not None:
            self._executor.close()
            self._executor = None


class MemoryHooks:
    """Give memory that a node has used back to the system, so that the peaks of nodes do not add up."""

    @hook_impl
    def after_node_run(self) -> None:
        """Release memory that is free, also the blocks that the LSTM kernel reuses."""
        if KERNEL in sys.modules:
            sys.modules[KERNEL].release_blocks()
        release_free_memory()
