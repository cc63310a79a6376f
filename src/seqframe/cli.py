"""`kedro run` with a parser of --params, errors in one line, and MLflow runs that are closed after an interruption."""

import atexit
import gc
import os
import re
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from copy import copy
from types import FrameType
from typing import Any, NoReturn

import click
import yaml
from kedro.framework.cli.project import run as kedro_run
from kedro.framework.cli.registry import registry
from kedro.framework.cli.utils import KedroCliError
from kedro.framework.project import pipelines
from kedro.io import DatasetError
from kedro.pipeline import Pipeline
from kedro.utils import load_obj
from kedro_viz.launchers.cli.main import viz
from omegaconf.errors import OmegaConfBaseException
from yaml import YAMLError

from seqframe.completion import Names
from seqframe.config import PROJECT_ROOT, Settings, parse_settings, setting_names
from seqframe.config.params import merge_settings, parse_params
from seqframe.config.params_file import read_params_file
from seqframe.data.memory import limit_heaps
from seqframe.errors import UserError, escape_controls, find_disk_error, shorten, show_value, suggest_names

CONF = PROJECT_ROOT / "conf"
PARAMS_FILE = "seqframe.params_file"  # the key of its settings in the context of a command
MAKE_SPACE = "Free some space or make the folder writable, then run the same command to resume."
PARAMS_HELP = (
    "Settings, such as training.epochs=300,model.hidden_sizes=[16,8]. Text with commas, and text that looks like a "
    "number, is quoted, and a quote inside is doubled: data.target='Sales, EUR'."
)

# A run imports some 5,000 modules, and Python's default is a garbage collection every 700 objects.
gc.set_threshold(100_000, 50, 50)
limit_heaps()
# Skip the garbage collection at exit, which takes a second with TensorFlow loaded.
atexit.register(gc.freeze)


class Terminated(BaseException):
    """SIGTERM as an exception, so that it unwinds the stack like Ctrl-C."""


@click.group(name="seqframe")
def cli() -> None:
    """Commands of the project; they override Kedro's own."""


def _environments() -> list[str]:
    return sorted(path.name for path in CONF.iterdir() if path.is_dir())


def _pipelines() -> list[str]:
    from seqframe.pipelines.names import pipeline_names

    return pipeline_names()


COMPLETED = {  # options whose values a shell completes
    "pipeline": Names(_pipelines),
    "pipelines": Names(_pipelines),
    "env": Names(_environments),
}


class ParamsOption(click.Option):
    """`--params`, which may be given several times; a file of `--config` may hold it as text or as groups."""

    def __init__(self) -> None:
        names = Names(setting_names, suffix="=")
        super().__init__(["--params"], type=names, multiple=True, callback=_parse_all, help=PARAMS_HELP)

    def type_cast_value(self, context: click.Context, value: Any) -> Any:
        """The texts or groups, unchanged."""
        return value if isinstance(value, list | tuple) else [value] if value else []


def _parse_all(context: click.Context, option: click.Parameter, given: list[Any]) -> dict[str, Any]:
    """The settings of `--params-file`, which `--params` overrides."""
    texts = ",".join(each for each in given if isinstance(each, str))
    groups = [each for each in given if isinstance(each, dict)]
    return merge_settings(context.meta.get(PARAMS_FILE, {}), *groups, parse_params(texts))


def _read_file(context: click.Context, option: click.Parameter, name: str | None) -> None:
    context.meta[PARAMS_FILE] = read_params_file(name) if name else {}


def _checked(callback: Callable[..., Any]) -> Callable[..., Any]:
    """The callback of an option, with errors in one line; no part of a list of names is dropped."""

    def check(context: click.Context, option: click.Parameter, value: Any) -> Any:
        name = option.opts[0]
        try:
            result = callback(context, option, value)
        except UserError as error:
            raise click.ClickException(str(error)) from None
        except (KedroCliError, YAMLError, OmegaConfBaseException, KeyError, TypeError) as error:
            reason = " ".join(str(error).split())
            raise click.ClickException(escape_controls(f"`{name}` cannot be read: {shorten(reason)}")) from None
        if isinstance(result, list) and isinstance(value, str) and _letters(value) != _letters("".join(result)):
            raise click.ClickException(f"`{name}` must be names, separated by commas. Received: {show_value(value)}.")
        return result

    return check


def _letters(text: str) -> str:
    """The text without spaces and commas."""
    return re.sub(r"[,\s]", "", text)


def _with_params(command: click.Command) -> click.Command:
    """The same command with `--params` and `--params-file`, whose options report errors in one line."""
    options = [ParamsOption() if option.name == "params" else copy(option) for option in command.params]
    if any(isinstance(option, ParamsOption) for option in options):
        help_text = "YAML file of settings, nested or with dots; --params overrides it."
        file = click.Option(["--params-file"], callback=_read_file, is_eager=True, expose_value=False, help=help_text)
        options.append(file)
    for option in options:
        option.callback = _checked(option.callback) if option.callback else None
        option.type = COMPLETED.get(option.name or "", option.type)
    command = copy(command)
    command.params = options
    return command


def _extend_viz() -> None:
    """Let `kedro viz`, which a project cannot override, parse and check --params as `kedro run` does."""
    load = viz.get_command

    def get_command(context: click.Context, name: str) -> click.Command | None:
        command = load(context, name)
        if command is None:
            return None
        command = _with_params(command)
        command.callback = _with_valid_settings(command.callback)
        return command

    viz.get_command = get_command


def _with_valid_settings(callback: Any) -> Callable[..., Any]:
    """The callback of a command of Kedro-Viz, whose server would show a traceback of settings that are wrong."""

    def check(**arguments: Any) -> Any:
        if arguments.get("params"):
            try:
                _read_settings(arguments)
            except UserError as error:
                raise click.ClickException(str(error)) from None
        return callback(**arguments)

    return check


def _read_settings(arguments: dict[str, Any]) -> Settings:
    """The settings of a command with these options."""
    from seqframe.settings import CONFIG_LOADER_ARGS, LayeredConfigLoader

    options: dict[str, Any] = {"runtime_params": arguments["params"], **CONFIG_LOADER_ARGS}
    environment = arguments.get("env") or os.environ.get("KEDRO_ENV")
    loader = LayeredConfigLoader(str(arguments.get("conf_source") or CONF), environment, **options)
    return parse_settings(loader["parameters"])


@registry.command("list")
def _list_pipelines() -> None:
    """List all pipelines by name."""  # Kedro's own command makes them, which takes seconds
    try:
        click.echo(yaml.dump(_pipelines()))
    except UserError as error:
        raise click.ClickException(str(error)) from None


def _run(**arguments: Any) -> Any:
    signal.signal(signal.SIGTERM, _raise_terminated)
    try:
        return _run_until_stopped(arguments)
    except (UserError, KedroCliError) as error:
        raise click.ClickException(str(error)) from None
    except (DatasetError, OSError) as error:
        if not (refused := find_disk_error(error)):
            raise
        raise click.ClickException(
            escape_controls(f"Results must be written to data/. Received: {refused}. {MAKE_SPACE}")
        ) from None
    except MemoryError as error:
        reason = escape_controls(shorten(str(error) or "no memory left"))
        raise click.ClickException(
            f"The command needs more memory than there is. Received: {reason}. "
            "Lower data.sequence_length, task.lookback, model.units or training.batch_size."
        ) from None


def _run_until_stopped(arguments: dict[str, Any]) -> Any:
    try:
        _check_names(arguments)
        _print_headline(arguments)
        with _hooks_of_command():
            return _run_checked(arguments)
    except KeyboardInterrupt:
        _stop("Stopped by Ctrl-C", 128 + signal.SIGINT)
    except Terminated:
        _stop("Stopped by SIGTERM", 128 + signal.SIGTERM)


def _selected(arguments: dict[str, Any]) -> list[str]:
    """The names of the pipelines; empty for the default one."""
    return [arguments["pipeline"]] if arguments["pipeline"] else list(arguments["pipelines"])


def _check_names(arguments: dict[str, Any]) -> None:
    for name in _selected(arguments):
        _check_name("pipeline", name, _pipelines())
    if arguments["env"] and not arguments["conf_source"]:
        _check_name("environment", arguments["env"], _environments())
    _check_runner(arguments["runner"] or "SequentialRunner")


def _print_headline(arguments: dict[str, Any]) -> None:
    """Print the first line before the hooks and the pipelines are imported, which takes seconds."""
    from seqframe.console.headline import make_console, print_headline
    from seqframe.pipelines.names import pipeline_title

    print_headline(make_console(), pipeline_title(_selected(arguments)), _read_settings(arguments))


@contextmanager
def _hooks_of_command() -> Iterator[None]:
    """Hooks that print no second headline, and that log from a background process, if the platform passes it a pipe."""
    from seqframe.hooks import CONSOLE, TRACKING, close_all
    from seqframe.tracking.background import LoggingProcess
    from seqframe.tracking.runs import MlflowRunLogger

    CONSOLE.has_headline = True
    with LoggingProcess() if os.name == "posix" else nullcontext() as process:
        if process is not None:
            TRACKING.logger_factory = process.start
        try:
            yield
        finally:
            close_all("KILLED")  # for ends other than an error
            TRACKING.logger_factory, CONSOLE.has_headline = MlflowRunLogger, False


def _run_checked(arguments: dict[str, Any]) -> Any:
    try:
        return kedro_run.callback(**arguments)  # type: ignore[misc]
    except ValueError as error:
        if _is_raised_by(error, Pipeline.filter):
            names = _selected(arguments) or ["__default__"]
            _check_selection(arguments, sum((pipelines[name] for name in names), Pipeline([])))
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
        raise UserError(f"There is no {kind} {shorten(name)}{where}. {suggest_names(name, sorted(names))}")


def _check_runner(name: str) -> None:
    try:
        load_obj(name, "kedro.runner")
    except (ImportError, AttributeError, ValueError):
        _check_name("runner", name, ["SequentialRunner", "ThreadRunner"])


def _raise_terminated(number: int, frame: FrameType | None) -> NoReturn:
    raise Terminated


def _stop(reason: str, code: int) -> NoReturn:
    click.echo(f"{reason}. Unfinished runs are marked KILLED in MLflow.", err=True)
    sys.exit(code)


run = _with_params(click.Command(name="run", callback=_run, params=list(kedro_run.params), help=kedro_run.help))
cli.add_command(run)
_extend_viz()
