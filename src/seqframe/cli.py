"""`kedro run` with lists in --params, errors in one line, and MLflow runs that are closed after an interruption."""

import atexit
import gc
import os
import re
import signal
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from types import FrameType
from typing import Any, NoReturn

import click
from kedro.framework.cli.project import run as kedro_run
from kedro.framework.cli.utils import _split_params
from kedro.framework.project import pipelines
from kedro.pipeline import Pipeline
from kedro_viz.launchers.cli.main import viz
from omegaconf import OmegaConf

from seqframe.config import PROJECT_ROOT
from seqframe.config.commands import split_params
from seqframe.errors import UserError
from seqframe.hooks import TRACKING, close_all
from seqframe.tracking.background import LoggingProcess
from seqframe.tracking.runs import MlflowRunLogger

CONF = PROJECT_ROOT / "conf"
MOST_LISTED = 20  # names that an error message lists

# A run imports some 5,000 modules, and Python's default is a garbage collection every 700 objects.
gc.set_threshold(100_000, 50, 50)
# Skip the garbage collection at exit, which takes a second with TensorFlow loaded.
atexit.register(gc.freeze)


class Terminated(BaseException):
    """SIGTERM as an exception, so that it unwinds the stack like Ctrl-C."""


@click.group(name="seqframe")
def cli() -> None:
    """Commands of the project; they override Kedro's own."""


def _parse_params(context: click.Context, option: click.Parameter, text: Any) -> Any:
    """Parse --params as Kedro does; a value may also be a list, as in data.features=[a,b], or quoted."""
    if not isinstance(text, str) or not set(text) & set("['\""):
        return _split_params(context, option, text)
    items = split_params(text)
    if not all(re.match(r"[^=]*[^=\s]=", item) for item in items):
        return _split_params(context, option, text)
    return OmegaConf.to_container(OmegaConf.from_dotlist(items))


def _with_lists(command: click.Command) -> click.Command:
    """The same command, whose --params may have lists and quoted values."""
    for option in command.params:
        if option.name == "params":
            option.callback = _parse_params
    return command


def _extend_viz() -> None:
    """Let `kedro viz`, which a project cannot override, parse --params as `kedro run` does."""
    load = viz.get_command

    def get_command(context: click.Context, name: str) -> click.Command | None:
        command = load(context, name)
        return None if command is None else _with_lists(command)

    viz.get_command = get_command


def _run(**arguments: Any) -> Any:
    signal.signal(signal.SIGTERM, _raise_terminated)
    try:
        with _logging_process():
            return _run_checked(arguments)
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
            close_all("KILLED")  # for ends other than an error or a signal
            TRACKING.logger_factory = MlflowRunLogger


def _run_checked(arguments: dict[str, Any]) -> Any:
    names = [arguments["pipeline"]] if arguments["pipeline"] else arguments["pipelines"]
    try:
        for name in names:
            _check_name("pipeline", name, list(pipelines))
        if arguments["env"] and not arguments["conf_source"]:
            _check_name("environment", arguments["env"], [path.name for path in CONF.iterdir() if path.is_dir()])
        return kedro_run.callback(**arguments)  # type: ignore[misc]
    except KeyboardInterrupt:
        _stop("Stopped by Ctrl-C", 128 + signal.SIGINT)
    except Terminated:
        _stop("Stopped by SIGTERM", 128 + signal.SIGTERM)
    except ValueError as error:
        if _is_raised_by(error, Pipeline.filter):
            _check_selection(arguments, sum((pipelines[name] for name in names or ["__default__"]), Pipeline([])))
        raise


def _check_selection(arguments: dict[str, Any], pipeline: Pipeline) -> NoReturn:
    """Explain in one line why the options select no nodes.

    Raises:
        UserError: An option names something that the pipeline does not have, or the options exclude each other.
    """
    available = {
        "tag": (["tags"], {tag for node in pipeline.nodes for tag in node.tags}),
        "node": (["node_names", "from_nodes", "to_nodes"], {node.name for node in pipeline.nodes}),
        "dataset": (["from_inputs", "to_outputs"], pipeline.datasets()),
        "namespace": (["namespaces"], {node.namespace for node in pipeline.nodes if node.namespace}),
    }
    for kind, (options, names) in available.items():
        for option in options:
            for name in arguments[option] or ():
                _check_name(kind, name, sorted(names), " in this pipeline")
    raise UserError("The options must select at least one node. Received: options that exclude each other.")


def _is_raised_by(error: Exception, function: Any) -> bool:
    return any(frame.f_code is function.__code__ for frame, _ in traceback.walk_tb(error.__traceback__))


def _check_name(kind: str, name: str, names: list[str], where: str = "") -> None:
    if name not in names:
        near = get_close_matches(name, names, n=1)
        listed = ", ".join(sorted(names)[:MOST_LISTED]) + (", ..." if len(names) > MOST_LISTED else "")
        hint = f"Did you mean {near[0]}?" if near else f"Available: {listed}."
        raise UserError(f"There is no {kind} {name}{where}. {hint}")


def _raise_terminated(number: int, frame: FrameType | None) -> NoReturn:
    raise Terminated


def _stop(reason: str, code: int) -> NoReturn:
    close_all("KILLED")
    click.echo(f"{reason}. Unfinished runs are marked KILLED in MLflow.", err=True)
    sys.exit(code)


run = _with_lists(click.Command(name="run", callback=_run, params=list(kedro_run.params), help=kedro_run.help))
cli.add_command(run)
_extend_viz()
