"""The model that is kept: the chosen framing, trained anew up to the newest rows, with calibrated intervals."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from seqframe.backtest.design import Design
from seqframe.backtest.scores import calibrate_on
from seqframe.backtest.trying import train_network
from seqframe.config import Model, Problem, Training
from seqframe.forecaster.example import newest_history
from seqframe.forecaster.forecaster import Forecaster
from seqframe.forecaster.recipe import Recipe, plain
from seqframe.forecasting import forecast
from seqframe.framings import Framing
from seqframe.network import predict
from seqframe.posing import Posed, Values, pose_split
from seqframe.problems.time import Step, find_step
from seqframe.splits import Split, find_timeline


@dataclass(frozen=True)
class Kept:
    """A forecaster, and the history that its forecasts begin after, as it takes one."""

    forecaster: Forecaster
    history: pd.DataFrame


def train_to_keep(
    rows: pd.DataFrame, design: Design, framing: Framing, problem: Problem, model: Model, training: Training
) -> Kept:
    """Train from every seed on all rows but the newest, which stop the training and calibrate the intervals."""
    posed = pose_split(rows, _newest_split(rows, design), problem, design.task)
    trained_on = posed.for_training(framing)
    plan = framing.plan(*trained_on.framed(framing, trained_on.windows).take(slice(1)), model)
    networks = []
    for seed in range(training.seeds):
        part = f"to keep, seed {seed + 1} of {training.seeds}"
        networks.append(train_network(plan, framing, posed, training, seed, part)[0])
    runs = [forecast(partial(predict, network), framing, posed, posed.validation) for network in networks]
    half_widths = calibrate_on(posed, np.mean(runs, axis=0), design.confidence)
    recipe = write_recipe(posed, framing, model, len(networks), half_widths, design.confidence)
    return Kept(Forecaster(recipe, tuple(networks)), newest_history(rows, recipe))


def _newest_split(rows: pd.DataFrame, design: Design) -> Split:
    time = find_timeline(rows)
    checked_from = time.end - design.validation
    return Split(
        training=time.between(time.first, checked_from - design.embargo),
        unseen=(),
        validation=time.between(checked_from, time.end),
    )


def write_recipe(
    posed: Posed, framing: Framing, model: Model, seeds: int, half_widths: Values, confidence: float
) -> Recipe:
    """Write down how the posed rows were read, scaled and asked; `half_widths` is (leads, targets).

    Of the table the name is kept, without the folder that it lay in.
    """
    step, scaler = find_step(posed.rows.index) or Step(1), posed.scaler
    return Recipe(
        framing=framing.name,
        problem=posed.problem.model_copy(update={"table": Path(str(posed.problem.table)).name}),
        task=posed.task,
        model=model,
        features=posed.features,
        targets=posed.targets,
        columns=scaler.columns,
        series=tuple(getattr(series, "item", lambda series=series: series)() for series in scaler.series),
        offset=plain(scaler.offset_),
        span=plain(scaler.span_),
        step=(step.size, step.unit),
        half_widths=plain(half_widths),
        confidence=confidence,
        seeds=seeds,
        rows=len(posed.rows),
        trained_at=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
    )
