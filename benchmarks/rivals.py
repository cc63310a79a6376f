"""Models of other libraries, each run by a worker in the environment of its library.

Forecasts are kept on disk, next to a digest of the folds, the options and the packages; equal ones are not made again.
"""

import hashlib
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.environments import NoEnvironmentError, find_python, read_requirements
from benchmarks.exported_folds import read_forecasts
from benchmarks.processes import ROOT
from seqframe.evaluation.backtest import ModelForecasts
from seqframe.evaluation.folds import Folds

WORKERS = Path(__file__).with_name("workers")
ENVIRONMENT = {  # one thread per worker; small networks gain nothing from more
    "CUDA_VISIBLE_DEVICES": "",
    "OMP_NUM_THREADS": "1",
    "OMP_WAIT_POLICY": "PASSIVE",  # threads that wait leave the core to other processes
    "NUMBA_NUM_THREADS": "1",
}
LAST_LINES = 3  # of the log of a worker that failed


@dataclass(frozen=True)
class Rival:
    """A model of another library.

    Attributes:
        name: Name in flags and files.
        title: Name in tables.
        library: Title of the library.
        module: Module of the worker, in `benchmarks.workers`.
        model: Name of the model in the worker.
        environment: The environment of the library; empty for this interpreter.
        learned: Whether networks are trained, from several seeds; otherwise the model is statistical.
    """

    name: str
    title: str
    library: str
    module: str
    model: str
    environment: str
    learned: bool = True


RIVALS = (
    Rival("darts_rnn", "RNNModel (LSTM)", "Darts", "forecasts_darts", "rnn", "darts"),
    Rival("darts_block_rnn", "BlockRNNModel (LSTM)", "Darts", "forecasts_darts", "block_rnn", "darts"),
    Rival("darts_nlinear", "NLinear", "Darts", "forecasts_darts", "nlinear", "darts"),
    Rival("darts_nhits", "N-HiTS", "Darts", "forecasts_darts", "nhits", "darts"),
    Rival("neuralforecast_lstm", "LSTM", "NeuralForecast", "forecasts_neuralforecast", "lstm", "neuralforecast"),
    *(
        Rival(name, title, "statsforecast", "forecasts_statsforecast", name, "statsforecast", learned=False)
        for name, title in (("auto_arima", "AutoARIMA"), ("auto_ets", "AutoETS"), ("auto_theta", "AutoTheta"))
    ),
)


@dataclass(frozen=True)
class Options:
    """Options of a measurement.

    Attributes:
        seeds: Networks per model and fold.
        epochs: Upper limit of epochs.
        patience: Epochs without a smaller validation loss before training stops.
        limit_s: Seconds that a model may take on a series.
        folder: Folder for folds, forecasts and logs.
    """

    seeds: int
    epochs: int
    patience: int
    limit_s: float
    folder: Path


@dataclass(frozen=True)
class RivalForecasts:
    """Forecasts of a rival, and what its worker reported: version, chosen variants, errors and seconds by fold."""

    rival: Rival
    forecasts: ModelForecasts
    about: dict[str, Any]


class RivalFailedError(RuntimeError):
    """A rival has no forecasts; the message is the reason."""


def forecast_rival(rival: Rival, series: str, problem: str, folds: Folds, options: Options) -> RivalForecasts:
    """Forecasts of a rival on exported folds, read from disk where they were made before.

    Raises:
        RivalFailedError: The library cannot be installed, or the worker failed or took too long.
    """
    folder = options.folder / series
    folder.mkdir(parents=True, exist_ok=True)
    stem = folder / f"{rival.name}-{digest_of(rival, problem, options)}"
    path = stem.with_suffix(".npz")
    if not path.exists():
        stem.with_suffix(".json").write_text(problem)
        run_worker(rival, stem, options)
    with np.load(path) as arrays:
        return RivalForecasts(rival, read_forecasts(arrays, rival.title, folds), json.loads(str(arrays["about"])))


def digest_of(rival: Rival, problem: str, options: Options) -> str:
    """Digest of everything that determines the forecasts of a rival."""
    parts = [repr(rival), problem, repr((runs_of(rival, options), options.epochs, options.patience))]
    parts += [(WORKERS / f"{name}.py").read_text() for name in ("forecasts", rival.module)]
    parts += [read_requirements(rival.environment)] if rival.environment else []
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:12]


def runs_of(rival: Rival, options: Options) -> int:
    """Number of runs: one for a model without seeds."""
    return options.seeds if rival.learned else 1


def run_worker(rival: Rival, stem: Path, options: Options) -> None:
    """Run the worker on `<stem>.json`; its forecasts are in `<stem>.npz`, and its output in `<stem>.log`.

    Raises:
        RivalFailedError: The library cannot be installed, or the worker failed or took too long.
    """
    try:
        python = find_python(rival.environment) if rival.environment else sys.executable
    except NoEnvironmentError as error:
        raise RivalFailedError(str(error)) from error
    problem, forecasts, log = (stem.with_suffix(ending).resolve() for ending in (".json", ".npz", ".log"))
    numbers = {"seeds": runs_of(rival, options), "epochs": options.epochs, "patience": options.patience}
    flags = [word for name, number in numbers.items() for word in (f"--{name}", str(number))]
    command = [python, "-m", f"benchmarks.workers.{rival.module}", str(problem), str(forecasts), rival.model, *flags]
    environment = {**os.environ, **ENVIRONMENT}
    with log.open("w") as output:
        try:
            subprocess.run(
                command, check=False, cwd=ROOT, env=environment, stdout=output, stderr=output, timeout=options.limit_s
            )
        except subprocess.TimeoutExpired as error:
            raise RivalFailedError(f"not finished within {options.limit_s:.0f} s") from error
    if not forecasts.exists():
        print("\n".join(log.read_text().splitlines()[-LAST_LINES:]), file=sys.stderr)
        raise RivalFailedError(f"failed, see {log.name}")
