"""The folders that a command writes its files to, and the index page of the last runs."""

from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import Any

from kedro.framework.context import KedroContext
from kedro.framework.hooks import hook_impl
from kedro.io import CatalogProtocol
from kedro.pipeline import Pipeline

from seqframe.config.paths import check_writable
from seqframe.console.headline import EXPERIMENTS_PIPELINE
from seqframe.datasets.command_folders import CommandFolders
from seqframe.hooks.checks import SettingsHooks
from seqframe.hooks.pipeline_content import output_files
from seqframe.hooks.selection import command_line, folder_name
from seqframe.pipelines.names import pipeline_title
from seqframe.reporting.last_runs import LastRun, write_last_run


class OutputHooks:
    """Replace the files of the former run of a command when the command is finished."""

    def __init__(self) -> None:
        self.folders = CommandFolders()
        self.files: dict[str, str] = {}  # the files of the command by dataset, relative to the project
        self._started = 0.0
        self._conclusion = ""

    @hook_impl
    def after_context_created(self, context: KedroContext) -> None:
        """Note the folder of the project."""
        self.folders.project = context.project_path

    @hook_impl
    def before_pipeline_run(self, run_params: dict[str, Any], pipeline: Pipeline, catalog: CatalogProtocol) -> None:
        """Choose the folders, and check that they can be written to."""
        self._started, self._conclusion, project = monotonic(), "", self.folders.project
        datasets = [catalog.get(name) for node in pipeline.nodes for name in node.outputs]
        self.folders.open(folder_name(run_params), run_params["run_id"], datasets)
        files = {name: self.folders.final_path(path) for name, path in output_files(pipeline, catalog).items()}
        self.files = {name: _relative(path, project) for name, path in files.items()}
        check_writable([*files.values(), *self.folders.targets()])

    @hook_impl
    def after_node_run(self, outputs: dict[str, Any]) -> None:
        """Note the conclusion."""
        if "conclusion_text" in outputs:
            self._conclusion = str(outputs["conclusion_text"]).partition("\n")[0]

    @hook_impl
    def after_pipeline_run(self, run_params: dict[str, Any]) -> None:
        """Replace the files of the former run, before anything is logged or printed, and list this one in the index."""
        if not self.folders.publish():
            return
        from seqframe.reporting.html.index import write_index

        title, settings = pipeline_title(run_params["pipeline_names"]), SettingsHooks.settings
        has_data = settings is not None and title != EXPERIMENTS_PIPELINE
        run = LastRun(
            self.folders.name,
            title,
            command_line(run_params),
            settings.data.name if settings is not None and has_data else "",
            datetime.now().astimezone().isoformat(timespec="microseconds"),
            monotonic() - self._started,
            self._conclusion,
            self.folders.folders,
        )
        write_last_run(self.folders.project, run)
        write_index(self.folders.project)

    @hook_impl
    def on_pipeline_error(self) -> None:
        """Remove the files of this run."""
        self.folders.close()


class UnlockHooks:
    """Unlock the folders of a command after everything else is done."""

    def __init__(self, output: OutputHooks) -> None:
        self._output = output

    @hook_impl(trylast=True)
    def after_pipeline_run(self) -> None:
        """Unlock them."""
        self._output.folders.close()


def _relative(path: Path, project: Path) -> str:
    return path.relative_to(project).as_posix() if path.is_relative_to(project) else str(path)
