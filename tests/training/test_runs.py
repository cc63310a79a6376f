"""All networks of the project are trained by one function, on comparable batches."""

from typing import Any

import pytest

from helpers.backtests import a_design, a_problem, a_task, a_training, a_walk, number, spec_for
from seqframe.evaluation.folds import make_folds
from seqframe.framings import FRAMINGS, Framing
from seqframe.training import trainer
from seqframe.training.runs import fit_runs

BATCH = 3  # windows


@pytest.mark.parametrize("framing", FRAMINGS, ids=lambda framing: framing.name)
def test_a_batch_of_a_table_forecast_has_as_many_windows_in_every_framing(
    framing: Framing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A recursive framing as well, although it is trained on the next row of every row."""
    lookback = 1 if framing.name == "one_to_many" else 4
    folds = make_folds(number(x=a_walk(80)), a_design(a_task(lookback=lookback)), a_problem())
    batches = []

    def record(network: Any, samples: Any, training: Any, *_: Any) -> Any:
        batches.append((training.batch_size, samples.samples_per_window))
        return network, None

    monkeypatch.setattr(trainer, "train_samples", record)
    list(fit_runs(spec_for(framing, folds), framing, folds.datasets, a_training(batch_size=BATCH), [0]))
    ((batch_size, samples_per_window),) = batches
    assert batch_size == (BATCH if framing.stateful else BATCH * samples_per_window)
    assert samples_per_window == (lookback if framing.name in ("one_to_one", "stateful") else 1)
