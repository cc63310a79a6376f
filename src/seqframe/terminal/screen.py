"""One run in the terminal: bars while networks train, tables at the end. Plain lines where the output is piped."""

import shlex
from pathlib import Path
from threading import RLock
from typing import Any

from rich.console import Console
from rich.style import Style
from rich.text import Text

from seqframe.config import PROJECT_ROOT, Settings
from seqframe.framings import FRAMINGS
from seqframe.progress import News, Remark, listen, stop_listening
from seqframe.terminal.bars import Bars
from seqframe.terminal.commands import options_of
from seqframe.terminal.drawing import TABLES, print_table
from seqframe.terminal.headline import facts
from seqframe.terminal.lines import Lines
from seqframe.terminal.pace import NETWORKS, QUESTIONS, Pace
from seqframe.terminal.tables import frame_lines
from seqframe.tracking.store import tracking_uri
from seqframe.tracking.ui import ui_command

FRAME_TABLE, ANSWERS, PREDICT = "frame_table", "answers", "predict"  # pipelines that are shown in a way of their own
ANSWERS_PAGE = "data/08_reporting/answers/answers.md"
REPORT, REPORT_PAGE = "report", "data/08_reporting/report.html"
FORECASTS = "data/07_model_output/forecasts.csv"
ASK = f"kedro run --pipeline={PREDICT} --params problem.table=my.csv"
FRAME_LEGEND = (
    "Rows by name, a pair of brackets for each timestep. All cells: data/08_reporting/<framing>/frame_table.csv"
)
PIPED_WIDTH = 140  # columns of a table where there is no terminal to fit


class Screen:
    """One run's output on stdout."""

    SHOWN = (*TABLES, "verdict_text", "left_out", "kept", REPORT)  # the datasets that are looked at when it ends

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console()
        if self.console.is_jupyter or not self.console.is_terminal:  # a notebook keeps all that a bar ever was
            width = self.console.width if self.console.is_jupyter else PIPED_WIDTH
            self.console = Console(file=self.console.file, width=width, force_terminal=False, force_jupyter=False)
        self._pipeline = ""
        self._follow(Pace())

    def open(self, pipeline: str, settings: Settings) -> None:
        """Say what is run, and begin to listen to the training."""
        self._pipeline = pipeline
        self._follow(Pace(QUESTIONS if pipeline == ANSWERS else NETWORKS))
        self.console.print(f"[bold]Seqframe[/bold] · {facts(pipeline, settings)}", highlight=False)
        listen(self.hear)

    def shows(self, dataset: str) -> bool:
        """Whether a dataset is shown at the end of this run."""
        return dataset in self.SHOWN or (self._pipeline == FRAME_TABLE and dataset.endswith(f".{FRAME_TABLE}"))

    def expect(self, count: int) -> None:
        """So many networks are to be trained, or questions to be answered."""
        self._pace.total = count

    def close(self) -> None:
        """Stop listening, and clear the bars away."""
        stop_listening(self.hear)
        self._progress.close()

    def hear(self, news: News) -> None:
        """Show a remark, or how far the training is."""
        if isinstance(news, Remark):
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
        if "verdict_text" in tables:
            self._tell("\n" + tables["verdict_text"])
        if self._pipeline == FRAME_TABLE:
            self._show_frames(tables)
        if "left_out" in tables:
            for reason in tables["left_out"]["reason"]:
                self._tell(f"Left out: {reason}", style="dim")
        if ANSWERS in tables:
            self._say(f"\nRead the page:     {ANSWERS_PAGE}")
        if "forecasts" in tables:
            self._say(f"\nAll forecasts:  {FORECASTS}")
        if self._pipeline not in (FRAME_TABLE, PREDICT):
            self._show_ways_on(tables, run_params)

    def _show_frames(self, tables: dict[str, Any]) -> None:
        """Which row goes where, of every framing."""
        self._say(FRAME_LEGEND, style="dim")
        for name in (f"{framing.name}.{FRAME_TABLE}" for framing in FRAMINGS):
            if name in tables:
                self._say(frame_lines(tables[name]))

    def _show_ways_on(self, tables: dict[str, Any], run_params: dict[str, Any]) -> None:
        """The commands that look closer."""
        viz = f"kedro viz --include-hooks{options_of(run_params)}"  # hooks choose the pipelines of these settings
        ui = tracking_uri() if tracking_uri().startswith("http") else shlex.join(ui_command())
        gap = "" if ANSWERS in tables else "\n"
        ask = f"\nForecast with it:  {ASK}" if "kept" in tables else ""
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

    def _follow(self, pace: Pace) -> None:
        """Show progress as bars, or as lines."""
        self._lock, self._pace = RLock(), pace
        self._progress: Bars | Lines = (Bars if self.console.is_terminal else Lines)(self.console, pace)
