"""`kedro run`, made kind: lists in --params, a mistake in one line, an interrupt that leaves nothing open."""

import atexit
import gc
import os
import re
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from types import FrameType
from typing import Any, NoReturn

import click
from kedro.framework.cli.project import run as kedro_run
from kedro.framework.cli.utils import _split_params
from kedro.framework.project import pipelines
from omegaconf import OmegaConf

from seqframe.config import PROJECT_ROOT
from seqframe.errors import UserError
from seqframe.hooks import TRACKING, close_all
from seqframe.tracking.background import LoggingProcess
from seqframe.tracking.runs import MlflowRunLogger

CONF = PROJECT_ROOT / "conf"

# A run begins with the import of some 5,000 modules, and Python's default is to look for garbage every 700 objects.
gc.set_threshold(100_000, 50, 50)
# Python looks again when it ends, through all of TensorFlow, for a second: what is there by then goes with the process.
atexit.register(gc.freeze)


class Terminated(BaseException):
    """SIGTERM, as an exception that unwinds as Ctrl-C does."""


@click.group(name="seqframe")
def cli() -> None:
    """Commands of the project, which come before Kedro's own."""


def _parse_params(context: click.Context, option: click.Parameter, text: Any) -> Any:
    """Kedro's --params, in which a value may also be a list: data.features=[SUNACTIVITY,temperature]."""
    if not isinstance(text, str) or "[" not in text:
        return _split_params(context, option, text)
    items = re.split(r",(?![^\[]*\])", text)  # the commas outside brackets
    return OmegaConf.to_container(OmegaConf.from_dotlist([item.strip() for item in items]))


def _run(**arguments: Any) -> Any:
    signal.signal(signal.SIGTERM, _raise_terminated)
    try:
        with _logging_process():
            return _run_to_the_end(arguments)
    except UserError as error:
        raise click.ClickException(str(error)) from None


@contextmanager
def _logging_process() -> Iterator[None]:
    """Log to MLflow from a background process, where the platform can pass a pipe to it."""
    if os.name != "posix":
        yield
        return
    with LoggingProcess() as process:
        TRACKING.logger_factory = process.start
        try:
            yield
        finally:
            close_all("KILLED")  # where something else than an error or a signal ended the run
            TRACKING.logger_factory = MlflowRunLogger


def _run_to_the_end(arguments: dict[str, Any]) -> Any:
    try:
        asked = [arguments["pipeline"]] if arguments["pipeline"] else arguments["pipelines"]
        for name in asked:
            _check_name("pipeline", name, list(pipelines))
        if arguments["env"] and not arguments["conf_source"]:
            _check_name("environment", arguments["env"], [path.name for path in CONF.iterdir() if path.is_dir()])
        return kedro_run.callback(**arguments)  # type: ignore[misc]
    except KeyboardInterrupt:
        _stop("Stopped by Ctrl-C", 128 + signal.SIGINT)
    except Terminated:
        _stop("Stopped by SIGTERM", 128 + signal.SIGTERM)


def _check_name(what: str, name: str, known: list[str]) -> None:
    if name not in known:
        near = get_close_matches(name, known, n=1)
        hint = f"Did you mean {near[0]}?" if near else f"There are: {', '.join(sorted(known))}."
        raise UserError(f"There is no {what} {name}. {hint}")


def _raise_terminated(number: int, frame: FrameType | None) -> NoReturn:
    raise Terminated


def _stop(reason: str, code: int) -> NoReturn:
    close_all("KILLED")
    click.echo(f"{reason}. What was running is marked KILLED in MLflow.", err=True)
    sys.exit(code)


run = click.Command(name="run", callback=_run, params=list(kedro_run.params), help=kedro_run.help)
for _option in run.params:
    if _option.name == "params":
        _option.callback = _parse_params
cli.add_command(run)
