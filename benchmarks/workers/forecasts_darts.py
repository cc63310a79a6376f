"""Forecasts of Darts: RNNModel and BlockRNNModel with LSTM cells, NLinear and N-HiTS.

python -m benchmarks.workers.forecasts_darts problem.json forecasts.npz nlinear
"""

import copy
import logging
import warnings
from functools import partial
from importlib.metadata import version
from math import ceil
from typing import Any

import numpy as np
import pandas as pd
import torch  # type: ignore[import-not-found]
from darts import TimeSeries  # type: ignore[import-not-found]
from darts.models import (  # type: ignore[import-not-found]
    BlockRNNModel,
    NHiTSModel,
    NLinearModel,
    RNNModel,
)
from pytorch_lightning.callbacks import Callback, EarlyStopping  # type: ignore[import-not-found]

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

KINDS = ((False, False), (True, False), (False, True), (True, True))  # instance normalization, phase
RNN_KINDS = ((False, False), (False, True))  # RNNModel has no instance normalization
FORECASTS = 1024  # made together
LONG = 1000  # training windows of a series whose epochs are long: half the patience
BATCH, UPDATES = 32, 8  # the default batch; a short series is repeated until an epoch has this number of updates
COVARIATES = {  # the only kind that a model supports, or the better one
    "rnn": "future_covariates",
    "block_rnn": "past_covariates",
    "nlinear": "future_covariates",
    "nhits": "past_covariates",
}


class BestWeights(Callback):  # type: ignore[misc]
    """Restores the weights of the epoch with the smallest validation loss after training."""

    def __init__(self) -> None:
        self.loss, self.weights = np.inf, None

    def on_validation_end(self, trainer: Any, network: Any) -> None:
        """Keep the weights if the loss is the smallest so far."""
        loss = float(trainer.callback_metrics.get("val_loss", np.inf))
        if not trainer.sanity_checking and loss < self.loss:
            self.loss, self.weights = loss, copy.deepcopy(network.state_dict())

    def on_fit_end(self, trainer: Any, network: Any) -> None:
        """Restore the best weights."""
        if self.weights is not None:
            network.load_state_dict(self.weights)


def fit(model: str, variant: Variant, problem: Problem, fold: Fold, limits: Limits) -> Predict:
    """Train on the training rows, with early stopping on the validation rows."""
    scaled, mean, deviation = fold.standardize()
    scaled = scaled.astype(np.float32)
    samples = len(fold.train) - variant.lookback - problem.steps + 1
    passes = max(1, ceil(UPDATES * BATCH / samples))
    patience = limits.patience if samples < LONG else ceil(limits.patience / 2)
    limits = Limits(limits.seed, limits.epochs * passes, patience * passes)
    network = make_network(model, variant, problem, limits)
    reach = max(fold.train.start, fold.validation.start - variant.lookback)
    covariates = {}
    if variant.phase:
        phase = to_series(np.asarray(problem.phase, np.float32), 0)
        covariates = {COVARIATES[model]: phase, f"val_{COVARIATES[model]}": phase}
    network.fit(
        to_series(scaled[fold.train.start : fold.train.stop], fold.train.start),
        val_series=to_series(scaled[reach : fold.validation.stop], reach),
        verbose=False,
        **covariates,
    )

    def predict(origins: Rows) -> Floats:
        rows = windows(scaled, origins, variant.lookback)
        histories = [to_series(part, end + 1 - variant.lookback) for part, end in zip(rows, origins, strict=True)]
        known = {COVARIATES[model]: [phase] * len(histories)} if variant.phase else {}
        found = network.predict(
            problem.steps, histories, batch_size=FORECASTS, verbose=False, show_warnings=False, **known
        )
        values = np.stack([each.values()[problem.gap :, 0] for each in found])
        return np.asarray(values, np.float64) * deviation + mean

    return predict


def variants(model: str, problem: Problem, fold: Fold) -> list[Variant]:
    """The variants of a model; NLinear is quick with any lookback."""
    kinds = RNN_KINDS if model == "rnn" else KINDS
    return all_variants(problem, kinds, np.inf) if model == "nlinear" else all_variants(problem, kinds)


def make_network(model: str, variant: Variant, problem: Problem, limits: Limits) -> Any:
    """A network with the library's own defaults for everything but the lengths, the cell and the training."""
    common = {
        "input_chunk_length": variant.lookback,
        "batch_size": BATCH,
        "n_epochs": limits.epochs,
        "random_state": limits.seed,
        "use_reversible_instance_norm": variant.instance_norm,
        "save_checkpoints": False,
        "pl_trainer_kwargs": {
            "accelerator": "cpu",
            "callbacks": [EarlyStopping("val_loss", patience=limits.patience), BestWeights()],
            "enable_progress_bar": False,
            "enable_model_summary": False,
            "logger": False,
            "enable_checkpointing": False,
        },
    }
    direct = {"output_chunk_length": problem.steps}
    make = {
        "rnn": partial(RNNModel, model="LSTM", training_length=variant.lookback + problem.steps),
        "block_rnn": partial(BlockRNNModel, model="LSTM", **direct),
        "nlinear": partial(NLinearModel, **direct),
        "nhits": partial(NHiTSModel, **direct),
    }
    return make[model](**common)


def to_series(values: Any, first: int) -> Any:
    """Consecutive rows, numbered from `first`, as a series of Darts: (rows,) or (rows, components)."""
    index = pd.RangeIndex(first, first + len(values))
    return TimeSeries.from_times_and_values(index, values.reshape(len(values), -1))


LIBRARY = Library(
    f"Darts {version('darts')}, PyTorch {torch.__version__}",
    variants,
    fit,
)

if __name__ == "__main__":
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    run(LIBRARY)
