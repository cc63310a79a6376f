"""One run in the terminal: bars while networks train, tables at the end. Plain lines where the output is piped."""

import shlex
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from seqframe.config import Settings
from seqframe.framings import FRAMINGS
from seqframe.progress import EpochsDone, News, Remark, listen, stop_listening
from seqframe.terminal.commands import options_of
from seqframe.terminal.headline import facts
from seqframe.terminal.tables import (
    answer_table,
    comparison_table,
    forecast_table,
    frame_lines,
    leaderboard_table,
    parameter_table,
    seed_table,
)
from seqframe.tracking.store import tracking_uri
from seqframe.tracking.ui import ui_command

FRAME_TABLE, ANSWERS, PREDICT = "frame_table", "answers", "predict"  # pipelines that are shown in a way of their own
ANSWERS_PAGE = "data/08_reporting/answers/answers.md"
FORECASTS = "data/07_model_output/forecasts.csv"
ASK = f"kedro run --pipeline={PREDICT} --params problem.table=my.csv"
FRAME_LEGEND = (
    "Rows by name, a pair of brackets for each timestep. All cells: data/08_reporting/<framing>/frame_table.csv"
)
PIPED_WIDTH = 140  # columns of a table where there is no terminal to fit
PIPED_LINES = 10  # progress lines a network where there is no bar
TABLES = {  # by dataset, in the order in which they are shown
    "parameter_counts": parameter_table,
    "comparison": comparison_table,
    "leaderboard": leaderboard_table,
    "seed_study": seed_table,
    ANSWERS: answer_table,
    "forecasts": forecast_table,
}


class Screen:
    """One run's output on stdout."""

    SHOWN = (*TABLES, "verdict_text", "left_out", "kept")  # the datasets that are looked at when it ends

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console()
        if not self.console.is_terminal:
            self.console = Console(file=self.console.file, width=PIPED_WIDTH)
        self._pipeline = ""
        self._bars: Progress | None = None
        self._tasks: dict[str, TaskID] = {}

    def open(self, pipeline: str, settings: Settings) -> None:
        """Say what is run, and begin to listen to the training."""
        self._pipeline = pipeline
        self.console.print(f"[bold]Seqframe[/bold] · {facts(pipeline, settings)}", highlight=False)
        listen(self.hear)

    def shows(self, dataset: str) -> bool:
        """Whether a dataset is shown at the end of this run."""
        return dataset in self.SHOWN or (self._pipeline == FRAME_TABLE and dataset.endswith(f".{FRAME_TABLE}"))

    def close(self) -> None:
        """Stop listening, and leave the bars as they are."""
        stop_listening(self.hear)
        if self._bars is not None:
            self._bars.stop()
            self._bars = None

    def hear(self, news: News) -> None:
        """Show a remark, move the bar of a framing, or write a line about every tenth of its epochs."""
        if isinstance(news, Remark):
            self.console.print(news.text, highlight=False, soft_wrap=True)
        elif self.console.is_terminal:
            self._move_bar(news)
        elif self._pipeline != ANSWERS:  # which says in a line what it turns to, and has too many networks for more
            part = f", {news.part}" if news.part else ""
            for epoch, loss in self._due(news):
                line = f"{news.framing}{part}: epoch {epoch} of {news.epochs}, loss {loss:.3g}"
                self.console.print(line, highlight=False)

    def show(self, tables: dict[str, Any], run_params: dict[str, Any]) -> None:
        """Print the tables of a run, and the commands that open it in MLflow and Kedro-Viz."""
        for name, draw in TABLES.items():
            if name in tables:
                self.console.print(draw(tables[name]))
        if "verdict_text" in tables:
            self._say("\n" + tables["verdict_text"])
        if self._pipeline == FRAME_TABLE:
            self._show_frames(tables)
        if "left_out" in tables:
            for reason in tables["left_out"]["reason"]:
                self._say(f"Left out: {reason}", style="dim")
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
        self._say(f"{gap}Compare the runs:  {ui}\nSee the pipeline:  {viz}{ask}")

    def _say(self, text: str, style: str | None = None) -> None:
        """Print text as it is, however long its lines."""
        self.console.print(text, style=style, highlight=False, markup=False, soft_wrap=True)

    def _due(self, news: EpochsDone) -> list[tuple[int, float]]:
        """The epochs that get a line: every tenth part of them, or the last alone where there are many networks."""
        step = news.epochs if news.part else max(1, news.epochs // PIPED_LINES)
        numbered = enumerate(news.losses, start=news.first)
        return [(epoch, loss) for epoch, loss in numbered if epoch % step == 0 or epoch == news.epochs]

    def _move_bar(self, news: EpochsDone) -> None:
        if self._bars is None:
            self._bars = Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn("loss {task.fields[loss]:.3g}  {task.fields[part]}"),
                TimeRemainingColumn(compact=True, elapsed_when_finished=True),
                console=self.console,
            )
            self._bars.start()
        name, part = news.framing, news.part
        if self._pipeline == ANSWERS:  # a bar a question, which shows one of its networks after the other
            name, _, part = news.part.partition(", ")
            part = f"{news.framing} {part}"
        if name not in self._tasks:
            self._tasks[name] = self._bars.add_task(name, total=news.epochs, loss=0.0, part="")
        bar = self._tasks[name]
        self._bars.update(bar, completed=news.last, total=news.epochs, loss=news.losses[-1], part=part, refresh=True)
