"""One run in the terminal: bars while networks train, tables at the end. Plain lines where the output is piped."""

import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from threading import RLock
from typing import Any

from rich.console import Console
from rich.style import Style
from rich.text import Text

from seqframe.config import PROJECT_ROOT, Settings
from seqframe.console.progress import NETWORKS, QUESTIONS, Eta, LiveProgress, PlainProgress
from seqframe.console.tables import TABLES, frame_lines, print_result, print_table
from seqframe.framings import FRAMINGS
from seqframe.tracking.store import tracking_uri, ui_command
from seqframe.training.events import Event, Message, subscribe, unsubscribe

# What is run, in the words of its settings.


def headline(pipeline: str, settings: Settings) -> str:
    """The pipeline, and the settings that tell its runs apart."""
    if pipeline == "experiments":
        asked = settings.experiments.only or "all questions"
        return f"{pipeline} · {asked} · {settings.experiments.n_seeds} seeds"
    if pipeline == "predict":
        return f"{pipeline} · {settings.data.name}" if settings.data.path else pipeline
    many = settings.trains_many(pipeline)
    seed = f"{settings.training.n_seeds} seeds" if many else f"seed {settings.training.seed}"
    return f"{pipeline} · {settings.data.name} · {settings.task.kind} · {seed}"


# The options of a command, as they were typed.


def command_options(run_params: Mapping[str, Any]) -> str:
    """Those of `kedro run` that say what is run: pipelines, environment, settings; with a space before each."""
    names, environment = run_params["pipeline_names"], run_params.get("env")
    typed = [f"{name}={format_value(value)}" for name, value in _flatten(run_params.get("runtime_params") or {})]
    options = {
        "pipeline": ",".join(names or []),
        "env": environment if environment != "local" else "",
        "params": ",".join(typed),
    }
    return "".join(f" --{name} {shlex.quote(value)}" for name, value in options.items() if value)


def _flatten(parameters: Mapping[str, Any], group: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in parameters.items():
        if isinstance(value, Mapping):
            yield from _flatten(value, f"{group}{name}.")
        else:
            yield group + name, value


def format_value(value: Any) -> str:
    """A value as it is typed after --params."""
    if isinstance(value, list):
        return f"[{','.join(map(format_value, value))}]"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return str(value)


INSPECT, INDEX_MAP, ANSWERS, PREDICT = (
    "inspect",
    "index_map",
    "experiments",
    "predict",
)  # pipelines that are shown in a way of their own
ANSWERS_PAGE = "data/08_reporting/experiments/experiments.md"
REPORT, REPORT_PAGE = "report", "data/08_reporting/report.html"
FORECASTS = "data/07_model_output/forecasts.csv"
ASK = f"kedro run --pipeline={PREDICT} --params data.path=my.csv"
FRAME_LEGEND = (
    "Rows by name, a pair of brackets for each timestep. All cells: data/08_reporting/<framing>/index_map.csv"
)
SPECIAL = (
    *TABLES,
    "conclusion_text",
    "skipped",
    "forecaster",
    REPORT,
)  # results that are printed in a form of their own
PIPED_WIDTH = 140  # columns of a table where there is no terminal to fit


class RunConsole:
    """One run's output on stdout."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console()
        if self.console.is_jupyter or not self.console.is_terminal:  # a notebook keeps all that a bar ever was
            width = self.console.width if self.console.is_jupyter else PIPED_WIDTH
            self.console = Console(file=self.console.file, width=width, force_terminal=False, force_jupyter=False)
        self._pipeline = ""
        self._follow(Eta())

    def open(self, pipeline: str, settings: Settings) -> None:
        """Say what is run, and begin to listen to the training."""
        self._pipeline = pipeline
        self._follow(Eta(QUESTIONS if pipeline == ANSWERS else NETWORKS))
        self.console.print(f"[bold]Seqframe[/bold] · {headline(pipeline, settings)}", highlight=False)
        subscribe(self.hear)

    def expect(self, count: int) -> None:
        """So many networks are to be trained, or questions to be answered."""
        self._pace.total = count

    def close(self) -> None:
        """Stop listening, and clear the bars away."""
        unsubscribe(self.hear)
        self._progress.close()

    def hear(self, news: Event) -> None:
        """Show a remark, or how far the training is."""
        if isinstance(news, Message):
            self._tell(news.text)
            return
        with self._lock:
            self._pace.start()
            if news.ended and self._pace.what == NETWORKS:
                self._pace.advance()
            self._progress.move(news)

    def finish(self, name: str) -> None:
        """All networks of a framing are trained, or a question is answered."""
        with self._lock:
            if self._pace.what == QUESTIONS:
                self._pace.advance()
            self._progress.finish(name)

    def show(self, tables: dict[str, Any], run_params: dict[str, Any]) -> None:
        """Print the tables of a run, and the commands that open it in MLflow and Kedro-Viz."""
        for name in TABLES:
            if name in tables:
                print_table(name, tables[name], self.console)
        for name, result in tables.items():
            if name not in SPECIAL and not name.endswith(f".{INDEX_MAP}"):
                print_result(name, result, self.console)
        if "conclusion_text" in tables:
            self._tell("\n" + tables["conclusion_text"])
        if self._pipeline == INSPECT:
            self._show_frames(tables)
        if "skipped" in tables:
            for reason in tables["skipped"]["reason"]:
                self._tell(f"Left out: {reason}", style="dim")
        if ANSWERS in tables:
            self._say(f"\nRead the page:     {ANSWERS_PAGE}")
        if "forecasts" in tables:
            self._say(f"\nAll forecasts:  {FORECASTS}")
        if self._pipeline not in (INSPECT, PREDICT):
            self._show_ways_on(tables, run_params)

    def _show_frames(self, tables: dict[str, Any]) -> None:
        """Which row goes where, of every framing."""
        self._say(FRAME_LEGEND, style="dim")
        for name in (f"{framing.name}.{INDEX_MAP}" for framing in FRAMINGS):
            if name in tables:
                self._say(frame_lines(tables[name]))

    def _show_ways_on(self, tables: dict[str, Any], run_params: dict[str, Any]) -> None:
        """The commands that look closer."""
        viz = f"kedro viz --include-hooks{command_options(run_params)}"  # hooks choose the pipelines of these settings
        ui = tracking_uri() if tracking_uri().startswith("http") else shlex.join(ui_command())
        gap = "" if ANSWERS in tables else "\n"
        ask = f"\nForecast with it:  {ASK}" if "forecaster" in tables else ""
        if REPORT in tables:
            report = PROJECT_ROOT / REPORT_PAGE
            page = Text(REPORT_PAGE if Path.cwd() == PROJECT_ROOT else str(report), Style(link=report.as_uri()))
            self.console.print(Text.assemble(f"{gap}Read the report:   ", page), soft_wrap=True)
            gap = ""
        self._say(f"{gap}Compare the runs:  {ui}\nSee the pipeline:  {viz}{ask}")

    def _tell(self, text: str, style: str | None = None) -> None:
        """Print sentences; a terminal's lines are broken between words."""
        self.console.print(text, style=style, highlight=False, markup=False, soft_wrap=not self.console.is_terminal)

    def _say(self, text: str, style: str | None = None) -> None:
        """Print text as it is, however long its lines, so that commands can be copied."""
        self.console.print(text, style=style, highlight=False, markup=False, soft_wrap=True)

    def _follow(self, pace: Eta) -> None:
        """Show progress as bars, or as lines."""
        self._lock, self._pace = RLock(), pace
        self._progress: LiveProgress | PlainProgress = (LiveProgress if self.console.is_terminal else PlainProgress)(
            self.console, pace
        )
