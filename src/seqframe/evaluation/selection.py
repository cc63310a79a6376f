"""Selection of lookback, transform, calendar features and instance normalization by ridge regression.

Each candidate is scored on rows before the first test split, in several cuts: ridge regression is fitted to the rows
before a cut and forecasts the rows after it. Ridge regression takes milliseconds, and what helps a linear forecaster
with the same inputs mostly helps a network. One thing does not: ridge regression extrapolates, and a network has never
seen values beyond the range of its training rows. Where the level drifts away from them, windows are normalized.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seqframe.config import DataSettings, TaskSettings
from seqframe.data.columns import as_list, feature_columns, future_covariate_columns, target_columns
from seqframe.data.dataset import SequenceDataset, calendar_of, dataset_from_split
from seqframe.data.instance_norm import KINDS, NONE
from seqframe.data.splits import Segments, Split
from seqframe.data.time_index import series_starts
from seqframe.data.transforms import TRANSFORMS
from seqframe.data.windows import Array, Floats, Windows
from seqframe.errors import UserError
from seqframe.evaluation.candidate_errors import CandidateErrors, mean_of_blocks, simplest
from seqframe.evaluation.metrics import per_origin
from seqframe.forecasting.intervals import count_overlap
from seqframe.forecasting.predict import forecast
from seqframe.forecasting.ridge import fit_linear, predict_linear
from seqframe.framings.dataset import frame_samples, training_view
from seqframe.framings.many_to_many import MANY_TO_MANY
from seqframe.training.ridge import PENALTIES, fit_ridge, select_ridge

MAX_ROUNDS = 3  # of the coordinate descent
CUTS = 3  # validation parts that candidates are scored on
LEAST_TRAIN_SHARE = 0.5  # share of the inspected rows that the first cut trains on
MAX_WINDOWS = 2_000  # training windows of a cut
MAX_SCORED = 500  # validation windows of a cut
MAX_INPUTS = 4096  # lookback times features of a candidate, since ridge regression takes their square
MAX_SERIES = 500  # series that candidates are scored on
MAX_OUTSIDE = 0.5  # share of the validation rows beyond the range of the training rows
MIN_WINDOWS = 8  # training windows that a lookback must leave


@dataclass(frozen=True)
class Choice:
    """Settings that ridge regression selects, with the error of the selected candidate."""

    lookback: int
    transform: str
    calendar: str
    instance_norm: str
    channels: str = "joint"
    recursive_norm: str | None = None
    covariates: str = "all"
    error: float = np.inf


@dataclass(frozen=True)
class Candidates:
    """What each setting may be, the simplest value first; one value if the user has set it."""

    instance_norm: tuple[str, ...]
    transform: tuple[str, ...]
    calendar: tuple[str, ...]
    lookback: tuple[int, ...]
    channels: tuple[str, ...] = ("joint",)
    recursive_norm: tuple[str | None, ...] = (None,)
    covariates: tuple[str, ...] = ("all",)


def candidates(
    data_settings: DataSettings, task: TaskSettings, lookbacks: Sequence[int], has_calendar: bool, columns: list[str]
) -> Candidates:
    """All values of the settings that are null or `auto`."""
    seasonal = bool(data_settings.seasons)
    targets, features = target_columns(data_settings, columns), feature_columns(data_settings, columns)
    several = len(targets) > 1 and set(targets) <= set(features)
    known = set(feature_columns(use_covariates(data_settings, "none"), columns))
    transforms = [name for name in TRANSFORMS if seasonal or "seasonal" not in name]
    return Candidates(
        KINDS if task.instance_norm == "auto" else (task.instance_norm,),
        tuple(transforms) if data_settings.transform == "auto" else (data_settings.transform,),
        ("none", *(["season"] * has_calendar)) if data_settings.calendar == "auto" else (data_settings.calendar,),
        (task.lookback,) if task.lookback else tuple(lookbacks),
        ("joint", "independent") if task.channels == "auto" and several else (task.channels.replace("auto", "joint"),),
        _recursive_norms(task, known <= {*targets, *future_covariate_columns(data_settings)}),
        ("none", "all") if data_settings.covariates == "auto" and as_list(data_settings.past_covariates) else ("all",),
    )


def use_covariates(data_settings: DataSettings, use: str) -> DataSettings:
    """The settings with all past covariates, or without them (`none`)."""
    unused = as_list(data_settings.past_covariates) if use == "none" else []
    if not unused:
        return data_settings
    features = [name for name in as_list(data_settings.features) if name not in unused]
    return data_settings.model_copy(update={"features": features, "past_covariates": None})


def _recursive_norms(task: TaskSettings, predicts_inputs: bool) -> tuple[str | None, ...]:
    """The candidates; without recursive forecasts there are none, since some inputs are neither predicted nor known."""
    if task.recursive_norm != "auto":
        return (task.recursive_norm,)
    return KINDS if predicts_inputs else (None,)


def select_inputs(
    rows: pd.DataFrame, time: Segments, end: int, data_settings: DataSettings, task: TaskSettings, among: Candidates
) -> Choice:
    """The candidate with the smallest validation error, by coordinate descent: (rows, columns) up to step `end`.

    The descent starts at the longest and at the shortest lookback, since a short one may hide what a long one gains. Of
    a large panel, up to `MAX_SERIES` evenly spaced series are used.
    """
    rows, time = _some_series(rows, time)
    splits = _cut(time, end, max(among.lookback) + task.gap + (task.horizon or 0), task.horizon or 1)
    scorer = _Scorer(rows, splits, data_settings, task)
    best = Choice(among.lookback[0], among.transform[0], among.calendar[0], among.instance_norm[0], among.channels[0])
    best = replace(best, covariates=among.covariates[0])
    if any(len(values) > 1 for values in vars(among).values()):
        starts = [replace(best, lookback=lookback) for lookback in sorted({among.lookback[0], among.lookback[-1]})]
        best = scorer.best([_descend(scorer, among, start) for start in starts])
    kinds = [kind for kind in among.recursive_norm if scorer.is_in_range(best, best.transform, kind)]
    recursive = [replace(best, recursive_norm=kind) for kind in kinds or among.recursive_norm]
    return scorer.best_recursive(recursive) if len(recursive) > 1 else recursive[0]


def _some_series(rows: pd.DataFrame, time: Segments) -> tuple[pd.DataFrame, Segments]:
    """Up to `MAX_SERIES` series of a table (rows, columns), evenly spaced, and their segments at the same steps."""
    starts = series_starts(rows.index)
    stride = -(-len(starts) // MAX_SERIES)
    if stride == 1:
        return rows, time
    numbers = np.searchsorted(starts, [each.start for each in time.ranges], side="right") - 1
    chosen = np.flatnonzero(numbers % stride == 0).tolist()
    ranges = [time.ranges[each] for each in chosen]
    stops = np.cumsum([len(each) for each in ranges]).tolist()
    moved = tuple(range(stop - len(each), stop) for each, stop in zip(ranges, stops, strict=True))
    chosen_rows = np.concatenate([np.arange(each.start, each.stop) for each in ranges])
    return rows.iloc[chosen_rows], Segments(moved, tuple(time.first_steps[each] for each in chosen), time.most)


def _descend(scorer: "_Scorer", among: Candidates, best: Choice) -> Choice:
    """Select one setting after the other, until none changes; transform and normalization together."""
    pairs = [pair for pair in product(among.transform, among.instance_norm) if scorer.is_in_range(best, *pair)]
    pairs = pairs or list(product(among.transform, among.instance_norm))  # the settings leave no normalization
    for _ in range(MAX_ROUNDS):
        before = best
        best = scorer.best([replace(best, channels=channels) for channels in among.channels])
        both = [replace(best, transform=transform, instance_norm=norm) for transform, norm in pairs]
        best = scorer.best(both, [(transform != NONE) + (norm != NONE) for transform, norm in pairs])
        best = scorer.best([replace(best, calendar=calendar) for calendar in among.calendar])
        best = scorer.best([replace(best, lookback=lookback) for lookback in among.lookback])
        best = scorer.best([replace(best, covariates=covariates) for covariates in among.covariates])
        if best == before:
            break
    return best


def _cut(time: Segments, end: int, window: int, horizon: int) -> list[Split]:
    """Splits of the inspected steps into training and validation rows; the validation parts follow each other."""
    length = end - time.begin
    first = max(int(LEAST_TRAIN_SHARE * length), min(window + MIN_WINDOWS, length - horizon))
    size = max(horizon, (length - first) // CUTS)
    starts = list(range(end - size, time.begin, -size))[:CUTS]
    starts = [start for start in starts if start >= time.begin + first] or starts[:1]
    return [Split(time.between(time.first, start), (), time.between(start, start + size)) for start in starts]


@dataclass
class _Scorer:
    """Scores candidates, and keeps the datasets of the last transform and calendar."""

    rows: pd.DataFrame
    splits: list[Split]
    data_settings: DataSettings
    task: TaskSettings

    def __post_init__(self) -> None:
        self._datasets: dict[tuple[str, str, str], list[SequenceDataset]] = {}
        self._errors: dict[Choice, CandidateErrors] = {}
        self._drifts: dict[tuple[str, str, str], bool] = {}

    def best(self, choices: Sequence[Choice], steps: Sequence[int] | None = None) -> Choice:
        """The simplest of the choices with about the smallest error, and of equally simple ones the best.

        `steps` counts the steps of preprocessing of each choice; by default the choices are given the simplest first.
        """
        errors = [self._error(replace(each, error=np.inf)) for each in choices]
        chosen = simplest(errors, range(len(choices)) if steps is None else steps)
        return replace(choices[chosen], error=errors[chosen].mean)

    def best_recursive(self, choices: Sequence[Choice]) -> Choice:
        """The same for `recursive_norm`, by recursive forecasts, whose error is not kept."""
        without = "none" if self.data_settings.past_covariates else choices[0].covariates
        read = [replace(each, error=np.inf, covariates=without) for each in choices]
        errors = [self._error(each) for each in read]
        return choices[simplest(errors, [each.recursive_norm != NONE for each in choices])]

    def is_in_range(self, choice: Choice, transform: str, norm: str | None) -> bool:
        """Whether a network can know the level of the targets: from the training rows, or by normalization.

        Without normalization, at least half of the targets of the validation parts are in the range of the training
        rows, after the transform.
        """
        transformed = replace(choice, transform=transform)
        key = _key(transformed)
        if norm == NONE and key not in self._drifts:
            try:
                outside = [_outside(dataset) for dataset in self._make(transformed)]
                self._drifts[key] = float(np.concatenate(outside).mean() if sum(map(len, outside)) else 0) > MAX_OUTSIDE
            except UserError:  # the transform does not fit the data
                self._drifts[key] = True
        return norm != NONE or not self._drifts[key]

    def _error(self, choice: Choice) -> CandidateErrors:
        if choice not in self._errors:
            predict = predict_recursive_ridge if choice.recursive_norm else predict_direct_ridge
            try:
                self._errors[choice] = _errors(self._make(choice), predict)
            except UserError:  # the candidate does not fit the data: a logarithm of negative values, too few rows
                self._errors[choice] = CandidateErrors()
        return self._errors[choice]

    def _make(self, choice: Choice) -> Iterator[SequenceDataset]:
        key = _key(choice)
        names = ("lookback", "instance_norm", "channels", "recursive_norm")
        task = self.task.model_copy(update={name: getattr(choice, name) for name in names})
        settings = use_covariates(self.data_settings, choice.covariates)
        found = settings.past_covariates and settings.covariates == "auto"
        if found and len(feature_columns(settings, [])) * choice.lookback > MAX_INPUTS:
            raise UserError("Too many inputs for ridge regression.")
        if key not in self._datasets:
            settings = settings.model_copy(update={"transform": key[0], "calendar": key[1]})
            self._datasets.clear()  # before others are made
            calendar = calendar_of(self.rows, settings)
            self._datasets[key] = [
                dataset_from_split(self.rows, split, settings, task, calendar=calendar) for split in self.splits
            ]
        return (dataset.with_task(task) for dataset in self._datasets[key])


def _key(choice: Choice) -> tuple[str, str, str]:
    """What the rows of a dataset depend on."""
    return choice.transform, choice.calendar, choice.covariates


def _outside(dataset: SequenceDataset) -> NDArray[np.bool_]:
    """Whether each target of the validation rows is outside the range of the training rows, transformed and scaled."""
    targets = dataset.scaled.targets
    train, validation = (
        np.concatenate([targets[rows.start : rows.stop] for rows in part] or [targets[:0]])
        for part in (dataset.split.train, dataset.split.validation)
    )
    known = validation[np.isfinite(validation).all(axis=1)]
    outside: NDArray[np.bool_] = (known < np.nanmin(train, axis=0)) | (known > np.nanmax(train, axis=0))
    return outside.reshape(-1)


def _errors(
    datasets: Iterable[SequenceDataset], predict: Callable[[SequenceDataset, Windows], Floats]
) -> CandidateErrors:
    """Errors of ridge regression on the validation windows, relative to the mean absolute change of a row.

    There are blocks for a single series only, since errors of several series at one time are correlated.
    """
    errors, blocks, overlap = [np.zeros(0)], [np.zeros(0)], 1
    for dataset in datasets:
        stride = -(-len(dataset.validation) // MAX_SCORED)
        if not stride:
            continue
        windows = dataset.validation.select(np.arange(0, len(dataset.validation), stride))
        actuals = dataset.actuals(windows)
        scaled = np.abs(predict(dataset, windows) - actuals) / _mean_change(dataset)
        errors.append(scaled[np.isfinite(actuals)])
        if len(series_starts(dataset.df.index)) == 1:
            overlap = count_overlap(windows.origins, dataset.task.gap + windows.steps)
            blocks.append(mean_of_blocks(per_origin(scaled), overlap))
    mean = float(np.mean(np.concatenate(errors))) if sum(map(len, errors)) else np.inf
    return CandidateErrors(mean, np.concatenate(blocks), overlap) if np.isfinite(mean) else CandidateErrors()


def _mean_change(dataset: SequenceDataset) -> Floats:
    """Mean absolute change from row to row in the training rows: (targets,); 1 where there is none."""
    values = dataset.filled[dataset.targets].to_numpy(np.float64)
    train = dataset.split.train
    rows = np.concatenate([np.arange(each.start + 1, each.stop) for each in train])
    change = np.abs(values[rows] - values[rows - 1]).mean(axis=0)
    return np.where(change > 0, change, 1.0)


def predict_direct_ridge(dataset: SequenceDataset, windows: Windows) -> Floats:
    """Fit ridge regression to the training windows, and forecast all horizon steps at once."""
    return predict_linear(fit_linear(dataset, MAX_WINDOWS, by_series=True), dataset, windows)


def predict_recursive_ridge(dataset: SequenceDataset, windows: Windows) -> Floats:
    """Fit ridge regression to the next row, and forecast row by row: (windows, horizon, targets), physical units."""
    view = training_view(dataset, MANY_TO_MANY)
    models = fit_ridge(_last_steps(view, view.train), PENALTIES)
    model = select_ridge(models, _last_steps(view, view.validation)) if len(view.validation) else models[0]

    def predict_next(X: Array) -> Array:
        following = model.predict(X.reshape(len(X), -1).astype(np.float64)).astype(np.float32)
        return following[:, None].repeat(X.shape[1], axis=1)  # only the last step is used

    return forecast(predict_next, MANY_TO_MANY, dataset, windows)


def _last_steps(view: SequenceDataset, windows: Windows) -> Iterator[tuple[Floats, Floats]]:
    """Batches of X (samples, inputs) and the last target of y (samples, targets), normalized."""
    stride = -(-len(windows) // MAX_WINDOWS)
    some = windows.select(np.arange(0, len(windows), stride))
    X, y = frame_samples(view, MANY_TO_MANY, some).batch(slice(None))
    yield X.reshape(len(X), -1).astype(np.float64), y[:, -1].astype(np.float64)
