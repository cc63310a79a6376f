"""Output of one run in the terminal: progress while networks train, then tables and the next commands."""

import re
from collections.abc import Mapping
from pathlib import Path, PurePath
from threading import RLock
from types import MappingProxyType
from typing import Any

from rich.console import Console
from rich.style import Style
from rich.text import Text

from seqframe.config import PROJECT_ROOT, Settings
from seqframe.config.commands import format_params, quote_for_shell, run_command
from seqframe.console import tables as terminal_tables
from seqframe.console.headline import EXPERIMENTS_PIPELINE, PREDICT_PIPELINE, make_console, print_headline
from seqframe.console.progress import EXPERIMENTS, NETWORKS, Eta, LiveProgress, PlainProgress
from seqframe.console.tables import print_labels, print_result, print_table
from seqframe.errors import escape_controls
from seqframe.framings import candidate_framings
from seqframe.reporting.last_runs import INDEX
from seqframe.reporting.tables import index_map_text
from seqframe.tracking.store import shown_ui_command
from seqframe.training.events import Event, Message, subscribe, unsubscribe

INSPECT_PIPELINE = "inspect"
INDEX_MAP = "index_map"
EXPERIMENTS_PAGE, REPORT = "experiments_page", "report"
FORECAST_PLOT, FUTURE_PLOT = "forecast_plot", "future_plot"
INDEX_MAP_LEGEND = "Rows by name; brackets enclose one timestep."
WORD = r"""(?:'[^']*'|"[^"]*"|\S)+"""  # of a command, with quoted parts
LABEL_WIDTH = len("Predict with this model:")
PREDICTED_LABELS = "predicted_labels"
MODELS = ("forecaster", "classifier")
FORMATTED = (*terminal_tables.SHOWN, "conclusion_text", "skipped", *MODELS, PREDICTED_LABELS, REPORT)  # own format


def command_options(run_params: Mapping[str, Any]) -> str:
    """Options of `kedro run` that select pipelines, environment and settings; with a space before each."""
    names, environment = run_params["pipeline_names"], run_params.get("env")
    options = {
        "pipeline": ",".join(names or []),
        "env": environment if environment != "local" else "",
        "params": format_params(run_params.get("runtime_params") or {}),
    }
    return "".join(f" --{name} {quote_for_shell(value)}" for name, value in options.items() if value)


def wrap_command(command: str, width: int) -> str:
    r"""A command on several lines that a shell joins, broken between words, but not between an option and its value.

    >>> print(wrap_command("kedro viz run --params 'a b'", 20))
    kedro viz run \
      --params 'a b'
    """
    words = re.findall(rf"--[\w-]+ (?!-){WORD}|{WORD}", command)
    lines = [words[0]]
    for word in words[1:]:
        if len(f"{lines[-1]} {word} \\") > width:
            lines[-1] += " \\"
            lines.append(f"  {word}")
        else:
            lines[-1] += f" {word}"
    return "\n".join(lines)


def wrap_sentences(text: str, width: int) -> str:
    """Text on lines of this width, broken between words; a command in backquotes stays on one line.

    >>> print(wrap_sentences("Warning. To save one: `kedro run --pipeline=compare`.", 24))
    Warning. To save one:
    `kedro run --pipeline=compare`.
    """
    lines = []
    for paragraph in text.split("\n"):
        line = ""
        for word in re.findall(r"(?:`[^`]*`|\S)+", paragraph):
            if line and len(line) + 1 + len(word) > width:
                lines.append(line)
                line = word
            else:
                line += " " * bool(line) + word
        lines.append(line)
    return "\n".join(lines)


class RunConsole:
    """Output of one run on stdout.

    `files` has the files that the run writes, relative to the project, by the name of their dataset.
    """

    def __init__(self, console: Console | None = None, files: Mapping[str, str] = MappingProxyType({})) -> None:
        self.console = make_console(console)
        self._pipeline = ""
        self._table: str | None = None
        self._files = files
        self._set_progress(Eta())

    def open(self, pipeline: str, settings: Settings, has_headline: bool = False) -> None:
        """Print the headline unless it is printed already, and subscribe to training events."""
        self._pipeline, self._table = pipeline, settings.data.path
        self._set_progress(Eta(EXPERIMENTS if pipeline == EXPERIMENTS_PIPELINE else NETWORKS))
        if not has_headline:
            print_headline(self.console, pipeline, settings)
        subscribe(self.on_event)

    def expect(self, count: int) -> None:
        """Set the number of networks to train, or of experiments to run."""
        self._eta.total = count

    def close(self) -> None:
        """Unsubscribe from training events, and remove the bars."""
        unsubscribe(self.on_event)
        self._progress.close()

    def on_event(self, event: Event) -> None:
        """Print a message, or update the progress."""
        if isinstance(event, Message):
            self._print_text(event.text)
            return
        with self._lock:
            self._eta.start()
            if event.ended and self._eta.unit == NETWORKS:
                self._eta.advance()
            self._progress.update(event)

    def finish(self, name: str) -> None:
        """All networks of a framing are trained, or an experiment is finished."""
        with self._lock:
            if self._eta.unit == EXPERIMENTS:
                self._eta.advance()
            self._progress.finish(name)

    def show(self, tables: dict[str, Any], run_params: dict[str, Any]) -> None:
        """Print the results of a run, and the next commands."""
        for name in terminal_tables.SHOWN:
            if name in tables:
                print_table(name, tables[name], self.console, self._locate(name))
        for name, result in tables.items():
            if name not in FORMATTED and not name.endswith(f".{INDEX_MAP}"):
                print_result(name, result, self.console)
        if "conclusion_text" in tables:
            self._print_text("\n" + tables["conclusion_text"])
        if self._pipeline == INSPECT_PIPELINE:
            self._show_index_maps(tables)
        if "skipped" in tables:
            for reason in tables["skipped"]["reason"]:
                self._print_text(f"Skipped: {reason}", style="dim")
        if self._pipeline not in (INSPECT_PIPELINE, PREDICT_PIPELINE):
            self._show_next_steps(tables, run_params)
        elif PREDICTED_LABELS in tables:
            print_labels(tables[PREDICTED_LABELS], self.console)
            self._print_file("\nAll labels:", PREDICTED_LABELS)
        elif "forecasts" in tables:
            self._print_file("\nAll forecasts:", "forecasts")
            self._print_file("Chart:", FORECAST_PLOT)

    def _show_index_maps(self, tables: dict[str, Any]) -> None:
        """Rows of each sample, for every framing."""
        files = [PurePath(_shown_path(file)) for name, file in self._files.items() if name.endswith(f".{INDEX_MAP}")]
        each = ", ".join(sorted({str(file.parent.parent / "<framing>" / file.name) for file in files}))
        self._print_raw(f"{INDEX_MAP_LEGEND}{each and f' All cells: {each}'}", style="dim")
        for name in (f"{framing.name}.{INDEX_MAP}" for framing in candidate_framings()):
            if name in tables:
                self._print_raw(index_map_text(tables[name]))

    def _show_next_steps(self, tables: dict[str, Any], run_params: dict[str, Any]) -> None:
        """Where the results are, and the commands that explore them."""
        self.console.print()
        if EXPERIMENTS_PIPELINE in tables:
            self._print_file("Findings:", EXPERIMENTS_PAGE)
        if REPORT in tables and REPORT in self._files:
            link = Style(link=(PROJECT_ROOT / self._files[REPORT]).as_uri())
            path = Text(str(self._locate(REPORT)), link)
            self.console.print(Text.assemble("Report:".ljust(LABEL_WIDTH + 1), path), soft_wrap=True)
        if len(tables.get("future", ())):
            self._print_file("Forecast chart:", FUTURE_PLOT)
        if self._files:
            self._print_labeled("Last runs:", _shown_path(INDEX))
        self._print_labeled("MLflow:", shown_ui_command())
        # with hooks, since they select the pipelines of these settings
        self._print_labeled("Pipeline graph:", f"kedro viz run --include-hooks{command_options(run_params)}")
        if any(model in tables for model in MODELS):
            given: dict[str, Any] = {"data": {"path": self._table or "my.csv"}}
            options = f" --env={run_params['env']}" if "classifier" in tables and run_params.get("env") else ""
            kind = (run_params.get("runtime_params") or {}).get("task", {}).get("kind")
            if "classifier" in tables and kind:  # the task selects the saved model
                given = {"task": {"kind": kind}} | given
            command = run_command(PREDICT_PIPELINE, given)
            self._print_labeled("Predict with this model:", command + options)

    def _print_file(self, label: str, name: str) -> None:
        """A label and the file of a dataset, if it has one."""
        if file := self._locate(name):
            self._print_labeled(label, file)

    def _locate(self, name: str) -> str | None:
        """The file of a dataset, if it has one."""
        return _shown_path(self._files[name]) if name in self._files else None

    def _print_labeled(self, label: str, command: str) -> None:
        """A label and a path or command; a terminal that is too narrow for one line gets it on lines of its own."""
        line = f"{label.ljust(LABEL_WIDTH + label.count(chr(10)))} {command}"
        if self.console.is_terminal and len(line) > self.console.width:
            indent = "  "
            wrapped = wrap_command(command, self.console.width - len(indent))
            line = f"{label}\n" + "\n".join(indent + part for part in wrapped.splitlines())
        self._print_raw(line)

    def _print_text(self, text: str, style: str | None = None) -> None:
        """Print sentences; in a terminal they are wrapped between words, but not inside a command."""
        self._print_raw(wrap_sentences(text, self.console.width) if self.console.is_terminal else text, style)

    def _print_raw(self, text: str, style: str | None = None) -> None:
        """Print text without wrapping, so that commands can be copied."""
        lines = "\n".join(map(escape_controls, text.split("\n")))
        self.console.print(lines, style=style, highlight=False, markup=False, soft_wrap=True)

    def _set_progress(self, eta: Eta) -> None:
        """Show progress as bars in a terminal, and as lines elsewhere."""
        self._lock, self._eta = RLock(), eta
        progress: type[LiveProgress] | type[PlainProgress] = LiveProgress if self.console.is_terminal else PlainProgress
        self._progress: LiveProgress | PlainProgress = progress(self.console, eta)


def _shown_path(file: str) -> str:
    """A file of the project: its path in the project, which is absolute if that is not the working directory."""
    return file if Path.cwd() == PROJECT_ROOT else str(PROJECT_ROOT / file)
