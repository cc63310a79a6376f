"""Forecasts of the LSTM of NeuralForecast.

python -m benchmarks.workers.forecasts_neuralforecast problem.json forecasts.npz lstm
"""

import logging
import warnings
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd
import torch  # type: ignore[import-not-found]
from neuralforecast import NeuralForecast  # type: ignore[import-not-found]
from neuralforecast.models import LSTM  # type: ignore[import-not-found]

from benchmarks.workers.forecasts import (
    Floats,
    Fold,
    Library,
    Limits,
    Predict,
    Problem,
    Rows,
    Variant,
    all_variants,
    run,
    windows,
)

KINDS = ((True, False), (False, False), (True, True))  # window scaling, phase; the library's default first
MAX_STEPS, STEPS_PER_EPOCH = 1000, 10  # an epoch of one series is one step; the library counts steps
PHASE = ["sine", "cosine"]


def fit(model: str, variant: Variant, problem: Problem, fold: Fold, limits: Limits) -> Predict:
    """Train on the training rows, with early stopping on the validation rows."""
    scaled, mean, deviation = fold.standardize()
    network = NeuralForecast([make_network(variant, problem, limits)], freq=1)
    rows = np.arange(fold.train.start, fold.validation.stop)
    history = to_table(np.zeros(len(rows), int), rows, problem, variant).assign(y=scaled[rows])
    network.fit(history, val_size=len(fold.validation))

    def predict(origins: Rows) -> Floats:
        numbers = np.arange(len(origins))
        past = windows(np.arange(len(scaled)), origins, variant.lookback)
        future = origins[:, None] + 1 + np.arange(problem.steps)
        histories = to_table(np.repeat(numbers, variant.lookback), past.ravel(), problem, variant)
        known = to_table(np.repeat(numbers, problem.steps), future.ravel(), problem, variant)
        found = network.predict(
            histories.assign(y=scaled[past.ravel()]), futr_df=known if variant.phase else None, verbose=False
        )
        values = found.sort_values(["unique_id", "ds"])["LSTM"].to_numpy(np.float64)
        forecasts: Floats = values.reshape(len(origins), problem.steps)[:, problem.gap :] * deviation + mean
        return forecasts

    return predict


def make_network(variant: Variant, problem: Problem, limits: Limits) -> Any:
    """An LSTM with the library's own defaults for everything but the lengths, the window scaling and the training."""
    return LSTM(
        h=problem.steps,
        input_size=variant.lookback,
        scaler_type="robust" if variant.instance_norm else "identity",
        futr_exog_list=PHASE if variant.phase else None,
        max_steps=min(MAX_STEPS, STEPS_PER_EPOCH * limits.epochs),
        val_check_steps=STEPS_PER_EPOCH,
        early_stop_patience_steps=max(1, limits.patience // 2),
        random_seed=limits.seed,
        accelerator="cpu",
        enable_progress_bar=False,
        enable_model_summary=False,
        logger=False,
        enable_checkpointing=False,
    )


def to_table(series: Any, rows: Any, problem: Problem, variant: Variant) -> pd.DataFrame:
    """A long table: series number, row number, and the phase of the season where the variant has it."""
    table = pd.DataFrame({"unique_id": series, "ds": rows})
    if variant.phase:
        table[PHASE] = np.asarray(problem.phase)[rows]
    return table


LIBRARY = Library(
    f"NeuralForecast {version('neuralforecast')}, PyTorch {torch.__version__}",
    lambda model, problem, fold: all_variants(problem, KINDS),
    fit,
)

if __name__ == "__main__":
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    run(LIBRARY)
