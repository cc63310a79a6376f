"""One run in the terminal: bars while networks train, tables at the end. Plain lines where the output is piped."""

import shlex
from typing import Any

import pandas as pd
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from seqframe.config import Settings
from seqframe.framings import FRAMINGS
from seqframe.progress import EpochsDone, News, Remark, listen, stop_listening
from seqframe.terminal.tables import answer_table, comparison_table, frame_lines, parameter_table, seed_table
from seqframe.tracking.store import tracking_uri
from seqframe.tracking.ui import ui_command

FRAME_TABLE, ANSWERS = "frame_table", "answers"  # the pipelines that are shown in a way of their own
ANSWERS_PAGE = "data/08_reporting/answers/answers.md"
FRAME_LEGEND = (
    "Rows by name, a pair of brackets for each timestep. All cells: data/08_reporting/<framing>/frame_table.csv"
)
PIPED_WIDTH = 140  # columns of a table where there is no terminal to fit
PIPED_LINES = 10  # progress lines a network where there is no bar


class Screen:
    """One run's output on stdout."""

    SHOWN = (
        "parameter_counts",
        "comparison",
        "left_out",
        "seed_study",
        ANSWERS,
    )  # the datasets that are shown at the end

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
        self.console.print(f"[bold]Seqframe[/bold] · {_facts(pipeline, settings)}", highlight=False)
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

    def show(self, tables: dict[str, pd.DataFrame], run_params: dict[str, Any]) -> None:
        """Print the tables of a run, and the commands that open it in MLflow and Kedro-Viz."""
        if "parameter_counts" in tables:
            self.console.print(parameter_table(tables["parameter_counts"]))
        if "comparison" in tables:
            self.console.print(comparison_table(tables["comparison"]))
        if any(name.endswith(f".{FRAME_TABLE}") for name in tables):
            self.console.print(FRAME_LEGEND, style="dim", highlight=False, soft_wrap=True)
        for name in (f"{framing.name}.{FRAME_TABLE}" for framing in FRAMINGS):
            if name in tables:
                self.console.print(frame_lines(tables[name]), highlight=False, markup=False, soft_wrap=True)
        if "left_out" in tables:
            for reason in tables["left_out"]["reason"]:
                self.console.print(f"Left out: {reason}", style="dim", highlight=False, soft_wrap=True)
        if "seed_study" in tables:
            self.console.print(seed_table(tables["seed_study"]))
        if ANSWERS in tables:
            self.console.print(answer_table(tables[ANSWERS]))
            self.console.print(f"\nRead the page:     {ANSWERS_PAGE}", highlight=False, soft_wrap=True)
        if self._pipeline == FRAME_TABLE:
            return
        pipelines = run_params["pipeline_names"]
        viz = f"kedro viz --pipeline {pipelines[0]}" if pipelines else "kedro viz"
        ui = tracking_uri() if tracking_uri().startswith("http") else shlex.join(ui_command())
        gap = "" if ANSWERS in tables else "\n"
        self.console.print(f"{gap}Compare the runs:  {ui}\nSee the pipeline:  {viz}", highlight=False, soft_wrap=True)

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


def _facts(pipeline: str, settings: Settings) -> str:
    """What is run, in the words of its settings."""
    if pipeline == ANSWERS:
        asked = settings.answers.only or "all questions"
        return f"{pipeline} · {asked} · {settings.answers.seeds} seeds"
    seed = f"{settings.training.seeds} seeds" if pipeline == "seed_study" else f"seed {settings.training.seed}"
    return f"{pipeline} · {settings.problem.name} · {settings.task.kind} · {seed}"
