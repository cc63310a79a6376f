"""The final model of labels: the chosen framing, refitted on all sequences, also the test sequences."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from seqframe.config import ModelSettings, TrainingSettings
from seqframe.data.columns import as_list
from seqframe.data.label_dataset import LabelDataset
from seqframe.data.roles import NONE
from seqframe.evaluation.label_folds import LabelFolds, make_refit_folds
from seqframe.evaluation.label_runs import fit_baseline
from seqframe.forecasting.classifier import Classifier, ClassifierConfig
from seqframe.forecasting.label_baselines import LabelBaseline, label_baselines
from seqframe.forecasting.metadata import to_lists
from seqframe.framings import Framing, find_framing
from seqframe.framings.sequences import make_label_spec
from seqframe.training.checkpoint import CheckpointStore
from seqframe.training.runs import Executor, fit_pairs, run_serially


@dataclass(frozen=True)
class RefittedClassifier:
    """A refitted classifier, and a sequence of the user's table as an example of its input."""

    classifier: Classifier
    example: pd.DataFrame


def example_rows(folds: LabelFolds, table: pd.DataFrame | None) -> pd.DataFrame:
    """The columns that a prediction reads, of the first training sequence; `table` is the user's, if there is one."""
    dataset = folds.first
    settings, number = dataset.data_settings, int(dataset.splits["train"][0])
    if table is None:
        return _generated_rows(dataset, number)
    keys = [name for name in (*as_list(settings.id_column), *as_list(settings.time_column)) if name != NONE]
    ids = [name for name in as_list(settings.id_column) if name != NONE]
    first = table[ids].eq(table[ids].iloc[0]).all(axis=1) if ids else slice(None)
    return table.loc[first, [*keys, *as_list(settings.features)]].reset_index(drop=True)


def _generated_rows(dataset: LabelDataset, number: int) -> pd.DataFrame:
    """The steps of a generated sequence, with its id, and categories by name."""
    sequences = dataset.sequences
    values = sequences.values[sequences.rows(np.array([number]))]
    rows = pd.DataFrame(values, columns=list(sequences.features))
    for name, levels in sequences.categories:
        rows[name] = np.array(levels, object)[rows[name].to_numpy(np.intp)]
    rows.insert(0, str(dataset.data_settings.id_name), sequences.ids[number])
    return rows


def refit_labels(
    folds: LabelFolds,
    framing: Framing,
    model: ModelSettings,
    training: TrainingSettings,
    checkpoints: CheckpointStore | None = None,
    executor: Executor = run_serially,
) -> Classifier:
    """Train one network per seed on all sequences but its validation sequences, which are for early stopping."""
    refit_folds = make_refit_folds(folds, training.n_seeds)
    spec = make_label_spec(refit_folds.whole, framing, model)
    fits = fit_pairs(spec, framing, refit_folds.datasets, training, checkpoints, executor, label="refit")
    networks = tuple(fit.network for fit in fits)
    about = {"framing": framing.name, "seeds": len(networks)}
    return Classifier(make_classifier_config(refit_folds.whole, model, about), networks)


def refit_named_labels(
    name: str,
    folds: LabelFolds,
    model: ModelSettings,
    training: TrainingSettings,
    checkpoints: CheckpointStore | None = None,
    executor: Executor = run_serially,
) -> Classifier:
    """Refit the framing or the baseline with this name; the other arguments are as in `refit_labels`."""
    baseline = next((each for each in label_baselines(folds.whole.task) if each.name == name), None)
    if baseline is not None:
        return refit_label_baseline(folds, baseline, model, training)
    return refit_labels(folds, find_framing(name), model, training, checkpoints, executor)


def refit_label_baseline(
    folds: LabelFolds, baseline: LabelBaseline, model: ModelSettings, training: TrainingSettings
) -> Classifier:
    """Fit a baseline to all sequences."""
    dataset = make_refit_folds(folds, 1).whole
    config = make_classifier_config(dataset, model, {"baseline": baseline.name})
    return Classifier(config, fitted=fit_baseline(baseline, dataset, training))


def make_classifier_config(dataset: LabelDataset, model: ModelSettings, about: dict[str, Any]) -> ClassifierConfig:
    """Everything that predictions need besides what is fitted; the path of the table is stored without its folder.

    `about` names the framing and the number of networks, or the baseline.
    """
    sequences, scaler, path = dataset.sequences, dataset.scaler, dataset.data_settings.path
    return ClassifierConfig(
        **about,
        data_settings=dataset.data_settings.model_copy(update={"path": path and Path(path).name}),
        task=dataset.task,
        model=model,
        features=sequences.features,
        classes=sequences.classes,
        multi_label=sequences.multi_label,
        categories=sequences.categories,
        step_shape=sequences.step_shape,
        columns=scaler.columns,
        offset=to_lists(scaler.offset_),
        span=to_lists(scaler.span_),
        constant=to_lists(scaler.constant_),
        fill=to_lists(dataset.fill_),
        steps=int(sequences.lengths.max()),
        n_sequences=len(sequences),
        trained_at=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
    )
