"""Tables of the results on sequences with labels."""

import pandas as pd

from seqframe.evaluation.label_folds import LabelFolds
from seqframe.evaluation.label_leaderboard import labels_of, metrics_on_test
from seqframe.evaluation.label_metrics import LabelMetricInputs
from seqframe.evaluation.label_runs import LabelRuns, ModelLabels
from seqframe.forecasting.label_table import name_labels, tabulate_probabilities
from seqframe.reporting.tables import run_costs


def metric_inputs(model: ModelLabels, folds: LabelFolds) -> LabelMetricInputs:
    """Labels of the test sequences, and the probabilities of a model, averaged over its runs."""
    labels = labels_of(folds.whole, folds.test)
    return LabelMetricInputs(labels, model.test.mean(axis=0), folds.whole.sequences.multi_label)


def tabulate_labels(model: ModelLabels, folds: LabelFolds) -> pd.DataFrame:
    """One row per test sequence, or per step of it: the actual label, the predicted one, and all probabilities."""
    inputs, sequences = metric_inputs(model, folds), folds.whole.sequences
    table = tabulate_probabilities(inputs.probabilities, sequences, folds.test)
    table.insert(table.columns.get_loc("label"), "actual", name_labels(inputs.labels, sequences))
    return table


def summarize_networks(runs: LabelRuns, folds: LabelFolds) -> dict[str, dict[str, float]]:
    """Metrics of the single network (`test`) and of the ensemble (`test_ensemble`), and the costs, by name.

    With one seed they are the same.
    """
    single, ensemble = runs.predictions()[0], runs.predictions()[-1]
    return {
        "test": metrics_on_test(single, folds),
        "test_ensemble": metrics_on_test(ensemble, folds),
        "cost": run_costs(single.costs, runs.each),
    }
