"""Checkpoints of a command that was interrupted."""

from hashlib import sha256
from typing import Any

from kedro.framework.hooks import hook_impl
from kedro.io import CatalogProtocol
from kedro.pipeline import Pipeline

from seqframe import __version__
from seqframe.config import RUNTIME_ONLY, Settings
from seqframe.hooks.checks import SettingsHooks
from seqframe.hooks.selection import folder_name
from seqframe.training.checkpoint import CheckpointStore
from seqframe.training.events import Message, emit


class CheckpointHooks:
    """Give every command a folder of its own for checkpoints, and delete it after everything else is done.

    A command that is killed at any moment before that is resumed by the same command with the same settings.
    """

    def __init__(self) -> None:
        self.token = ""  # names the command for MLflow; empty if nothing can be resumed
        self._store: CheckpointStore | None = None
        self._message = ""

    @hook_impl
    def before_pipeline_run(self, run_params: dict[str, Any], pipeline: Pipeline, catalog: CatalogProtocol) -> None:
        """Find the checkpoints of an interrupted run of the same command."""
        self.token, self._store, self._message = "", None, ""
        settings = SettingsHooks.settings
        if settings is None or "checkpoints" not in pipeline.inputs():
            return
        name = folder_name(run_params)
        catalog["checkpoints"].set_command(f"{name}-{_command_hash(settings, pipeline)}")
        store = catalog["checkpoints"].load()
        if not store.lock():
            return
        self._store = store
        if not settings.training.resume:
            store.clear()
        elif count := store.count():
            self._message = f"Resuming an interrupted run. Networks with a checkpoint: {count}."
        elif any(CheckpointStore(folder).count() for folder in store.folder.parent.glob(f"{name}-*")):
            self._message = "The checkpoints of an interrupted run with other settings are not used."
        self.token = store.token()

    @hook_impl
    def before_node_run(self) -> None:
        """Print whether a run is resumed."""
        if self._message:
            emit(Message(self._message))
            self._message = ""

    @hook_impl(trylast=True)
    def after_pipeline_run(self) -> None:
        """Delete the checkpoints: the results are saved, logged and printed."""
        if self._store is not None:
            self._store.delete()
            self._store = None

    @hook_impl
    def on_pipeline_error(self) -> None:
        """Keep the checkpoints, if there are any, so that the next run resumes."""
        if self._store is not None:
            if self._store.count():
                self._store.release()
            else:
                self._store.delete()
            self._store = None


def _command_hash(settings: Settings, pipeline: Pipeline) -> str:
    """What tells two commands of the same name apart: settings that change results, and nodes."""
    content = settings.model_dump_json(exclude={"training": RUNTIME_ONLY, "execution": True})
    parts = [__version__, content, *sorted(node.name for node in pipeline.nodes)]
    return sha256("\n".join(parts).encode()).hexdigest()[:8]
