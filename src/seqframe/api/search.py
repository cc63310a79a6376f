"""Hyperparameter search in one call."""

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd

from seqframe.api.arguments import full_name
from seqframe.api.checks import check_setting_names
from seqframe.api.comparison import compare_forecasts, load_input, read_settings
from seqframe.api.progress import Progress
from seqframe.api.results import ForecastComparison
from seqframe.evaluation import sweeps
from seqframe.evaluation.design import design_backtest
from seqframe.execution.executors import make_executor, start_compiling
from seqframe.framings import find_framing


@dataclass(frozen=True, repr=False)
class Sweep:
    """Result of a search.

    Attributes:
        trials: One row per trial: its number, state, validation MASE, the values of the space, and seconds.
        values: The values of the best trial.
        importances: Importance of each dimension for a small error; empty with few trials.
        comparison: The best trial on the test rows, next to baselines.
    """

    trials: pd.DataFrame
    values: dict[str, Any]
    importances: dict[str, float]
    comparison: ForecastComparison

    @property
    def leaderboard(self) -> pd.DataFrame:
        """The best trial and the baselines on the test rows."""
        return self.comparison.leaderboard

    @property
    def conclusion(self) -> str:
        """The conclusion about the best trial, in sentences, one per line."""
        return self.comparison.conclusion

    @property
    def best(self) -> Any:
        """The recommended model, refitted."""
        return self.comparison.best

    def __repr__(self) -> str:
        return f"{self.comparison!r}\n\nBest of {len(self.trials)} trials: {sweeps.describe_values(self.values)}."


def sweep(
    data: Any,
    space: Mapping[str, Any],
    target: str | Sequence[str] | None = None,
    *,
    progress: bool = True,
    **settings: Any,
) -> Sweep:
    """Search for the settings of a framing with the smallest validation error, and score them on the test rows once.

    `kedro run --pipeline=sweep` gives the same numbers with the same settings.

    Args:
        data: A table, as for `compare`.
        space: Values by setting: a list of them, or a range such as `{"low": 0.001, "high": 0.1, "log": True}`.
            A setting has its full name, such as `model.units`, or its last part. `framing` may be one.
        target: Column or columns to predict.
        progress: Whether to show the progress.
        **settings: As for `compare`, and `framing`, `n_trials`, `sampler`, `pruner` and `batch` of the search.

    Raises:
        UserError: A setting or the data is invalid, or Optuna is not installed.
    """
    named = {full_name(name): list(each) if isinstance(each, tuple) else each for name, each in space.items()}
    given = {} if target is None else {"target": target}
    table, checked = read_settings(data, {**given, **settings, "sweep.space": named})
    sweeps.check_sweep(checked)
    check_setting_names(checked)
    start_compiling(checked)
    assert table is not None
    loaded, checked = load_input(table, checked)
    config = design_backtest(loaded.df, loaded.settings, checked.task, checked.backtest)
    seeds, search = checked.training.n_seeds, checked.sweep
    epochs = search.n_trials * config.n_folds * seeds * checked.training.epochs_of(search.framing)
    executor = make_executor(checked.execution, search.batch * seeds, epochs)
    with Progress(progress) as shown, closing(executor), TemporaryDirectory() as folder:
        objective = sweeps.Objective(loaded.df, config, checked, executor=executor)
        result = sweeps.search(objective, Path(folder) / "study.log")
        tuned = sweeps.with_values(checked, config, result.best)
        framing = find_framing(str(result.best.get(sweeps.FRAMING, search.framing)))
        design = replace(config, task=tuned.task)
        comparison = compare_forecasts(table, loaded, tuned, [framing], shown, executor, design)
    return Sweep(result.trials, dict(result.best), dict(result.importances), comparison)
