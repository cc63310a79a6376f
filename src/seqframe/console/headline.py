"""The first line of a command, which is printed before the pipelines and their libraries are imported."""

from rich.console import Console
from rich.text import Text

from seqframe.config import Settings
from seqframe.errors import escape_controls

EXPERIMENTS_PIPELINE, PREDICT_PIPELINE = "experiments", "predict"
PIPED_WIDTH = 140  # width of tables where the output is not a terminal


def make_console(console: Console | None = None) -> Console:
    """A console on stdout, or the given one, with a fixed width where it is not a terminal."""
    console = console or Console()
    if console.is_jupyter or not console.is_terminal:  # a notebook keeps every state of a bar
        width = console.width if console.is_jupyter else PIPED_WIDTH
        console = Console(file=console.file, width=width, force_terminal=False, force_jupyter=False)
    return console


def print_headline(console: Console, pipeline: str, settings: Settings) -> None:
    """Print the headline."""
    console.print(
        Text.assemble(("Seqframe", "bold"), f" · {escape_controls(headline(pipeline, settings))}"), highlight=False
    )


def headline(pipeline: str, settings: Settings) -> str:
    """The pipeline, and the settings that distinguish its runs."""
    if pipeline == EXPERIMENTS_PIPELINE:
        selected = settings.experiments.only or "all experiments"
        return f"{pipeline} · {selected} · {count_seeds(settings.experiments.n_seeds)}"
    if pipeline == PREDICT_PIPELINE:
        return f"{pipeline} · {settings.data.name}" if settings.data.path else pipeline
    many = settings.trains_many(pipeline)
    seed = count_seeds(settings.training.n_seeds) if many else f"seed {settings.training.seed}"
    return f"{pipeline} · {settings.data.name} · {settings.task.kind} · {seed}"


def count_seeds(seeds: int) -> str:
    """Such as `1 seed` or `3 seeds`."""
    return "1 seed" if seeds == 1 else f"{seeds} seeds"
