"""Small data sets of sequences with labels, and tables of them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from seqframe.config import DataSettings, ModelSettings, TaskSettings, TrainingSettings
from seqframe.data.label_dataset import LabelDataset, make_label_dataset
from seqframe.data.sequences import Sequences

CLASSES = ("a", "b", "c")
UNEQUAL = (3, 5, 1, 4, 2, 5, 3, 4, 2, 5, 1, 3)
EQUAL = (4,) * 12


def make_sequences(
    lengths: Sequence[int] = UNEQUAL,
    per_step: bool = False,
    multi_label: bool = False,
    features: int = 2,
    seed: int = 0,
) -> Sequences:
    """Sequences of three classes in turn, whose inputs are near the code of the class."""
    random = np.random.default_rng(seed)
    codes = np.arange(len(lengths)) % len(CLASSES)
    steps = np.repeat(codes, lengths)
    if per_step:
        steps = (steps + np.concatenate([np.arange(length) for length in lengths])) % len(CLASSES)
    rows = steps if per_step else codes
    labels = (rows[:, None] == np.arange(len(CLASSES))).astype(np.int64) if multi_label else rows[:, None]
    return Sequences(
        values=steps[:, None] + 0.3 * random.standard_normal((sum(lengths), features)),
        lengths=np.array(lengths, np.intp),
        labels=labels.astype(np.int64),
        classes=CLASSES,
        features=tuple(f"x{number}" for number in range(features)),
        ids=tuple(f"s{number}" for number in range(len(lengths))),
        per_step=per_step,
        multi_label=multi_label,
    )


def a_label_task(per_step: bool = False, available: str = "past") -> TaskSettings:
    values = {"kind": "label", "available": available} if per_step else {"kind": "classify"}
    return TaskSettings.model_validate(values)


def make_labels(
    lengths: Sequence[int] = UNEQUAL, per_step: bool = False, available: str = "past", **others: Any
) -> LabelDataset:
    sequences = make_sequences(lengths, per_step, **others)
    return make_label_dataset(
        sequences, DataSettings(sequence_length=1, scaler="standard"), a_label_task(per_step, available)
    )


def tiny_training(**values: Any) -> TrainingSettings:
    defaults = {"epochs": 2, "batch_size": 4, "learning_rate": 0.05, "seed": 0, "n_seeds": 2}
    return TrainingSettings.model_validate(defaults | values)


def tiny_model(**values: Any) -> ModelSettings:
    return ModelSettings(**{"units": 3} | values)


def write_sequences(path: Path, n_sequences: int = 36, per_step: bool = False, seed: int = 0) -> Path:
    """A long table with the columns id, step, x0, x1 and label."""
    random = np.random.default_rng(seed)
    sequences = make_sequences(random.integers(2, 6, n_sequences).tolist(), per_step, seed=seed)
    names = np.array(CLASSES, object)[sequences.labels[:, 0]]
    table = pd.DataFrame(
        {
            "id": np.repeat(sequences.ids, sequences.lengths),
            "step": np.concatenate([np.arange(length) for length in sequences.lengths]),
            "x0": sequences.values[:, 0],
            "x1": sequences.values[:, 1],
            "label": names if per_step else np.repeat(names, sequences.lengths),
        }
    )
    table.to_csv(path, index=False)
    return path
