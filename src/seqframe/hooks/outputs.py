"""The folder that a command writes its files to."""

from typing import Any

from kedro.framework.context import KedroContext
from kedro.framework.hooks import hook_impl
from kedro.io import CatalogProtocol
from kedro.pipeline import Pipeline

from seqframe.config import PROJECT_ROOT
from seqframe.datasets.own_folder import OutputFolder


class OutputHooks:
    """Give a command a folder of its own while another one writes to the project's `data`."""

    def __init__(self) -> None:
        self.folder = OutputFolder()
        self._project = PROJECT_ROOT

    @hook_impl
    def after_context_created(self, context: KedroContext) -> None:
        """Note the folder of the project."""
        self._project = context.project_path

    @hook_impl
    def before_pipeline_run(self, run_params: dict[str, Any], pipeline: Pipeline, catalog: CatalogProtocol) -> None:
        """Choose the folder."""
        datasets = [catalog.get(name) for node in pipeline.nodes for name in node.outputs]
        self.folder.choose(self._project, run_params["run_id"], datasets)

    @hook_impl(trylast=True)
    def after_pipeline_run(self) -> None:
        """Release the folder."""
        self.folder.release()

    @hook_impl
    def on_pipeline_error(self) -> None:
        """Release the folder."""
        self.folder.release()
