"""Hyperband decides as Optuna does."""

import numpy as np
import pytest

from seqframe.evaluation.hyperband import Hyperband

optuna = pytest.importorskip("optuna")

STUDY = "sweep"


@pytest.mark.parametrize("n_folds", [1, 2, 3, 5, 9, 10])
def test_the_trials_that_optuna_prunes(n_folds: int) -> None:
    rng = np.random.default_rng(n_folds)
    pruner = optuna.pruners.HyperbandPruner(min_resource=1, max_resource=n_folds)
    study = optuna.create_study(study_name=STUDY, pruner=pruner)
    hyperband, pruned = Hyperband(n_folds, STUDY), 0
    for number in range(60):
        trial = study.ask()
        for fold in range(1, n_folds + 1):
            error = float("nan") if rng.random() < 0.02 else float(rng.integers(1, 20))  # with ties
            trial.report(error, fold)
            expected = trial.should_prune()
            assert hyperband.add(number, fold, error) == expected
            if expected:
                break
        study.tell(trial, state=optuna.trial.TrialState.PRUNED) if expected else study.tell(trial, 1.0)
        pruned += expected
    assert pruned > 10
