"""Command line of the package: `seqframe compare my.csv --target y`, or `python -m seqframe`. Kedro is not needed."""

import shutil
import sys
from pathlib import Path
from typing import Any

import click

from seqframe import __version__
from seqframe.completion import Names
from seqframe.errors import UserError, find_disk_error


def _framings() -> list[str]:
    from seqframe.framings import FRAMINGS

    return [framing.name for framing in FRAMINGS]


def _settings() -> list[str]:
    from seqframe.config.loader import setting_names

    return setting_names()


FRAMING = Names(_framings)
COLUMNS = click.option("--target", multiple=True, help="Column to predict; may be given several times.")
TIME = click.option("--time", help="Column with the time of each row; by default it is found.")
ID = click.option("--id", help="Column with the series or the sequence of each row.")
LOOKBACK = click.option("--lookback", type=int, help="Rows of the input window.")
HORIZON = click.option("--horizon", type=int, help="Rows to forecast.")
PARAMS = click.option(
    "--params",
    default="",
    type=Names(_settings, suffix="="),
    help="Any settings, as for `kedro run`: training.epochs=300,model.hidden_sizes=[16,8].",
)
MOST_PATHS = 5  # of each kind that are listed
TABLE = click.argument("table", type=click.Path())
FILE, FOLDER = click.Path(dir_okay=False, writable=True), click.Path(file_okay=False, writable=True)


class OneLineErrors(click.Group):
    """Commands that report mistakes of the user in one line."""

    def invoke(self, context: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(context)
        except UserError as error:
            raise click.ClickException(str(error)) from None
        except OSError as error:
            if not (refused := find_disk_error(error)):
                raise
            raise click.ClickException(f"A file must be writable. Received: {refused}.") from None


@click.group(name="seqframe", cls=OneLineErrors, context_settings={"max_content_width": 100})
@click.version_option(__version__, prog_name="seqframe")
def main() -> None:
    """Compare framings of sequences for an LSTM. In a project, `kedro run` has more commands."""


@main.command("compare")
@TABLE
@COLUMNS
@TIME
@ID
@LOOKBACK
@HORIZON
@click.option("--task", help="forecast (the default), classify, label, echo, next_step or next_window.")
@click.option(
    "--framing",
    "framings",
    type=FRAMING,
    multiple=True,
    help="Framing to compare; by default all that support the task.",
)
@PARAMS
@click.option("--report", type=FILE, help="HTML file to write.")
@click.option("--save", type=FOLDER, help="Folder to save the best model in.")
@click.option("--forecast", type=FILE, help="CSV file for the forecast of the rows after the end of the table.")
@click.option("--quiet", is_flag=True, help="Show no progress.")
def _compare(table: str, report: str, save: str, forecast: str, quiet: bool, **given: Any) -> None:
    """Train and score every framing on TABLE, next to baselines."""
    from seqframe.api.comparison import compare
    from seqframe.console.tables import print_result_tables

    result = compare(table, progress=not quiet, **_arguments(given))
    print_result_tables(result.leaderboard, result.notes, result.conclusion)
    if report:
        click.echo(f"Report: {result.report(report)}")
    if save:
        result.best.save(save)
        click.echo(f"Model: {save}")
    if forecast:
        _write_forecast(result, forecast)


def _write_forecast(result: Any, path: str) -> None:
    if not hasattr(result, "future"):
        raise UserError(f"`--forecast` needs a forecast of a table. Received: task {result.settings.task.kind}.")
    from seqframe.reporting.csv_text import to_csv

    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(to_csv(result.future.forecasts), encoding="utf-8")
    click.echo(f"Forecast: {path}")


@main.command("frame")
@TABLE
@click.option("--framing", type=FRAMING, default="many_to_many", show_default=True, help="Name of the framing.")
@COLUMNS
@TIME
@ID
@LOOKBACK
@HORIZON
@click.option("--task", help="forecast with a horizon, echo without one; or next_step or next_window.")
@PARAMS
@click.option("--output", type=FILE, help="File for X and y, in NumPy's format .npz.")
def _frame(table: str, framing: str, output: str | None, **given: Any) -> None:
    """Show the shapes of X and y of TABLE in a framing, or write the arrays."""
    import numpy as np

    from seqframe.api.arrays import frame

    X, y = frame(table, framing, **_arguments(given))
    click.echo(f"{framing}   X {X.shape}   y {y.shape}")
    if output:
        Path(output).parent.mkdir(parents=True, exist_ok=True)
        np.savez(output, X=X, y=y)
        click.echo(f"Arrays: {output}")


@main.command("describe")
@click.argument("framing", type=FRAMING)
@click.option("--lookback", type=int, default=5, show_default=True, help="Rows of the input window.")
@HORIZON
@click.option("--features", type=int, default=1, show_default=True, help="Number of input columns.")
@click.option("--targets", type=int, default=1, show_default=True, help="Number of target columns.")
@PARAMS
def _describe(framing: str, **given: Any) -> None:
    """Show the network of FRAMING: layers, shapes and parameter counts."""
    from seqframe.api.description import describe

    click.echo(repr(describe(framing, **_arguments(given))))


@main.command("report")
def _report() -> None:
    """Open the newest report of the project."""
    from seqframe.reporting.html.__main__ import main as open_report

    open_report()


@main.command("sync")
def _sync() -> None:
    """Send the runs that MLflow could not take, and that are in data/spool, to MLflow."""
    from seqframe.tracking.sync import sync

    _find_project("sync")
    click.echo(sync())


@main.command("init")
@click.argument("folder")
def _init(folder: str) -> None:
    """Make a Kedro project in FOLDER, with all settings and example tables."""
    from seqframe.config.paths import EXAMPLES, SOURCE, TEMPLATE

    path = Path(folder)
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise UserError(f"A project needs a folder that is new or empty. Received: {path}.")
    shutil.copytree(SOURCE / "conf", path / "conf", ignore=shutil.ignore_patterns("local"))
    (path / EXAMPLES).mkdir(parents=True)
    for file in [SOURCE / EXAMPLES / "README.md", *(SOURCE / EXAMPLES).glob("*.csv")]:
        shutil.copy(file, path / EXAMPLES)
    for source, name in (("pyproject.toml",) * 2, ("telemetry.yml", ".telemetry"), ("gitignore.txt", ".gitignore")):
        shutil.copy(TEMPLATE / source, path / name)
    (path / "conf" / "local").mkdir()
    (path / "conf" / "local" / ".gitkeep").touch()
    click.echo(f"Made a project in {path}. Next:\n\ncd {path}\nkedro run --pipeline=compare --env=sunspots")


@main.command("clean")
@click.option("--older-than", "days", type=float, default=30, show_default=True, help="Days since the last change.")
@click.option("--yes", is_flag=True, help="Remove them; without it they are only listed.")
def _clean(days: float, yes: bool) -> None:
    """List or remove old reports, checkpoints of interrupted commands and artifacts of deleted runs."""
    from seqframe.reporting.html.index import write_index
    from seqframe.reporting.last_runs import INDEX
    from seqframe.tracking import leftovers

    project = _find_project("clean")
    found = leftovers.find_leftovers(project, days, leftovers.list_deleted_runs())
    for kind in dict.fromkeys(each.kind for each in found):
        group = [each for each in found if each.kind == kind]
        click.echo(f"{len(group):6,}  {kind}, {sum(each.size for each in group) / 1e6:,.1f} MB")
        for each in group[:MOST_PATHS]:
            click.echo(f"          {each.path}")
        if len(group) > MOST_PATHS:
            click.echo(f"          and {len(group) - MOST_PATHS:,} more")
    if not found:
        click.echo(f"There is nothing to remove that is older than {days:g} days.")
    elif yes:
        leftovers.remove(found)
        if (project / INDEX).exists():
            write_index(project)
        click.echo("All of them were removed.")
    else:
        click.echo(f"Nothing was removed. Remove them with: seqframe clean --older-than {days:g} --yes")


@main.command("run", context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
def _run(options: tuple[str, ...]) -> None:
    """Run `kedro run` with the same options, in a project."""
    _find_project("run")
    from kedro.framework.cli.cli import main as kedro

    sys.argv = ["kedro", "run", *options]
    kedro()


def _find_project(command: str) -> Path:
    """The project of the working directory."""
    from seqframe.config.paths import find_project

    project = find_project(Path.cwd())
    if project is None:
        raise UserError(
            f"`seqframe {command}` needs a project. Received: {Path.cwd()}. Make one with: seqframe init my_project"
        )
    return project


def _arguments(given: dict[str, Any]) -> dict[str, Any]:
    """Options as arguments of the Python API, without those that are not given."""
    from seqframe.config.params import flatten_settings, parse_params

    params = {".".join(name): value for name, value in flatten_settings(parse_params(given.pop("params")))}
    listed = {name: list(value) if isinstance(value, tuple) else value for name, value in given.items()}
    named = {name: value for name, value in listed.items() if value not in (None, [])}
    if len(named.get("target", [])) == 1:
        named["target"] = named["target"][0]
    return named | params


if __name__ == "__main__":
    main(prog_name="seqframe")
