"""The main loop of a worker that forecasts exported folds with another library.

    python -m benchmarks.workers.forecasts_darts problem.json forecasts.npz nlinear --seeds 3 --epochs 300

It needs NumPy only, since it runs in the environment of the other library. In each fold, every variant of a model is
trained with one seed; the variant with the smallest error on the validation origins is trained with all other seeds.
"""

import argparse
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

MAX_LOOKBACK = 128  # rows of a variant with two lookbacks, except of quick models: the time grows with the lookback

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]
Predict = Callable[[Rows], Floats]  # forecast origins -> forecasts (origins, horizon)


@dataclass(frozen=True)
class Variant:
    """Settings of a model that are chosen on validation rows.

    Attributes:
        lookback: Rows of the input window.
        instance_norm: Whether the library normalizes every window.
        phase: Whether the phase of the season is an input.
    """

    lookback: int
    instance_norm: bool = False
    phase: bool = False

    def __str__(self) -> str:
        names = [f"lookback {self.lookback}"]
        names += ["instance normalization"] if self.instance_norm else []
        names += ["season phase"] if self.phase else []
        return ", ".join(names)


@dataclass(frozen=True)
class Fold:
    """One fold of a series. Row numbers count from the first row of the series.

    Attributes:
        values: The series in physical units, without missing values, up to the last test origin: (rows,).
        train: Training rows, which begin at the first row of the series that may be used.
        validation: Validation rows.
        validation_origins: Last known row of each validation forecast.
        test_origins: Last known row of each test forecast.
    """

    values: Floats
    train: range
    validation: range
    validation_origins: Rows
    test_origins: Rows

    def standardize(self) -> tuple[Floats, float, float]:
        """The values standardized with the mean and the standard deviation of the training rows, and these two."""
        own = self.values[self.train.start : self.train.stop]
        mean, deviation = float(own.mean()), float(own.std())
        return (self.values - mean) / deviation, mean, deviation


@dataclass(frozen=True)
class Problem:
    """A series with its folds.

    Attributes:
        season: Seasonal period, in rows; 1 where there is none.
        lookback: Rows of Seqframe's input window.
        horizon: Rows to forecast.
        gap: Rows between a forecast origin and the first forecast row.
        phase: Sine and cosine of the phase of the season, for all rows: (rows, 2); None without a season.
        folds: The folds, the oldest test split first.
    """

    season: int
    lookback: int
    horizon: int
    gap: int
    phase: Floats | None
    folds: tuple[Fold, ...]

    @property
    def steps(self) -> int:
        """Rows from the first row after an origin to the last forecast row."""
        return self.gap + self.horizon


@dataclass(frozen=True)
class Limits:
    """Limits of training: the seed, the largest number of epochs, and the patience of early stopping, in epochs."""

    seed: int
    epochs: int
    patience: int


@dataclass(frozen=True)
class Library:
    """How a library is used.

    Attributes:
        version: Name and version, as `Darts 0.48.1`.
        variants: (model, problem, fold) -> the variants of a model; one variant is not selected on validation rows.
        fit: (model, variant, problem, fold, limits) -> a function that forecasts.
        forecasts_validation: Whether the fitted model may forecast the validation origins; a local statistical model is
            fitted on the validation rows, too.
    """

    version: str
    variants: Callable[[str, Problem, Fold], list[Variant]]
    fit: Callable[[str, Variant, Problem, Fold, Limits], Predict]
    forecasts_validation: bool = True


def run(library: Library) -> None:
    """Read the problem, forecast all folds, and write the forecasts."""
    arguments = read_arguments()
    problem = read_problem(arguments.problem)
    arrays: dict[str, Floats] = {}
    records = []
    for number, fold in enumerate(problem.folds, start=1):
        limits = [Limits(seed, arguments.epochs, arguments.patience) for seed in range(arguments.seeds)]
        test, validation, record = forecast_fold(library, arguments.model, problem, fold, limits)
        arrays |= {f"test_{number}": test, f"validation_{number}": validation}
        records.append(record)
        print(f"fold {number}: {json.dumps(record)}", flush=True)
    about = json.dumps({"version": library.version, "folds": records})
    unfinished = arguments.forecasts.with_suffix(".unfinished")
    with unfinished.open("wb") as file:
        np.savez(file, about=np.array(about), **arrays)  # type: ignore[arg-type]
    unfinished.replace(arguments.forecasts)


def read_arguments() -> argparse.Namespace:
    """The flags of the command."""
    parser = argparse.ArgumentParser()
    parser.add_argument("problem", type=Path)
    parser.add_argument("forecasts", type=Path)
    parser.add_argument("model")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=300)
    parser.add_argument("--patience", type=int, default=20)
    return parser.parse_args()


def read_problem(path: Path) -> Problem:
    """Read an exported problem."""
    record = json.loads(path.read_text())
    phase = record.pop("phase")
    folds = tuple(_read_fold(fold) for fold in record.pop("folds"))
    return Problem(phase=None if phase is None else np.array(phase), folds=folds, **record)


def forecast_fold(
    library: Library, model: str, problem: Problem, fold: Fold, limits: Sequence[Limits]
) -> tuple[Floats, Floats, dict[str, Any]]:
    """Forecasts of the test and the validation origins: (seeds, origins, horizon); and the variant, errors and time.

    Validation forecasts are NaN for a library that does not make them.
    """
    started = time.perf_counter()
    candidates = {
        variant: library.fit(model, variant, problem, fold, limits[0])
        for variant in _variants(library, model, problem, fold)
    }
    errors = (
        {variant: _validation_error(candidate, problem, fold) for variant, candidate in candidates.items()}
        if len(candidates) > 1
        else {}
    )
    variant = min(errors, key=lambda each: errors[each]) if errors else next(iter(candidates))
    selected = time.perf_counter()
    fits = [candidates[variant], *(library.fit(model, variant, problem, fold, each) for each in limits[1:])]
    fitted = time.perf_counter()
    test = np.stack([fit(fold.test_origins) for fit in fits])
    shape = (len(fits), len(fold.validation_origins), problem.horizon)
    known = library.forecasts_validation
    validation = np.stack([fit(fold.validation_origins) for fit in fits]) if known else np.full(shape, np.nan)
    record = {
        "variant": str(variant),
        "validation_mae": {str(each): error for each, error in errors.items()},
        "seconds": {"selection": selected - started, "other seeds": fitted - selected},
    }
    return test, validation, record


def _read_fold(record: dict[str, Any]) -> Fold:
    return Fold(
        values=np.array(record["values"], np.float64),
        train=range(*record["train"]),
        validation=range(*record["validation"]),
        validation_origins=np.array(record["validation_origins"], np.intp),
        test_origins=np.array(record["test_origins"], np.intp),
    )


def _variants(library: Library, model: str, problem: Problem, fold: Fold) -> list[Variant]:
    """The variants whose windows fit into the training rows at least twice; the first one always."""
    first, *others = library.variants(model, problem, fold)
    return [first, *(each for each in others if 2 * (each.lookback + problem.steps) <= len(fold.train))]


def _validation_error(predict: Predict, problem: Problem, fold: Fold) -> float:
    """Mean absolute error on the validation origins; infinite if a forecast is not finite."""
    steps = problem.gap + 1 + np.arange(problem.horizon)
    errors = np.abs(predict(fold.validation_origins) - fold.values[fold.validation_origins[:, None] + steps])
    return float(errors.mean()) if np.isfinite(errors).all() else np.inf


def all_variants(
    problem: Problem, kinds: Sequence[tuple[bool, bool]], max_lookback: float = MAX_LOOKBACK
) -> list[Variant]:
    """Variants with Seqframe's lookback and twice that, up to a maximum.

    `kinds` are pairs of instance normalization and phase. The phase is tried with Seqframe's lookback only.
    """
    lookbacks = [problem.lookback, *([2 * problem.lookback] if 2 * problem.lookback <= max_lookback else [])]
    return [
        Variant(lookback, instance_norm, phase)
        for lookback in lookbacks
        for instance_norm, phase in kinds
        if not phase or (problem.phase is not None and lookback == problem.lookback)
    ]


def windows(values: NDArray[Any], origins: Rows, lookback: int) -> NDArray[Any]:
    """The rows up to each origin: values (rows, ...), origins (origins,) -> (origins, lookback, ...)."""
    chosen: NDArray[Any] = values[origins[:, None] + np.arange(1 - lookback, 1)]
    return chosen
