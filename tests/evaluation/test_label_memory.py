"""The memory of a comparison on sequences with labels, from its sizes."""

from typing import Any

import pytest

from helpers.labels import make_labels, tiny_model, tiny_training
from seqframe.data import memory
from seqframe.errors import UserError
from seqframe.evaluation.label_folds import LabelFolds, make_label_folds
from seqframe.evaluation.label_memory import check_label_memory, label_memory


def folds_of(length: int = 4, per_step: bool = True) -> LabelFolds:
    return make_label_folds(make_labels((length,) * 30, per_step), 2)


def sizes(folds: LabelFolds, framings: int = 3, **training: Any) -> dict[str, int]:
    return {need.what: need.size for need in label_memory(folds, framings, tiny_model(), tiny_training(**training))}


def test_steps_probabilities_and_batches_count() -> None:
    folds, longer = folds_of(), folds_of(8)
    for what in ("steps", "probabilities", "one batch"):
        assert sizes(longer)[what] == 2 * sizes(folds)[what]
    assert sizes(folds, framings=6)["probabilities"] > sizes(folds)["probabilities"]
    assert sizes(folds, n_seeds=5)["probabilities"] > sizes(folds)["probabilities"]
    assert sizes(folds, batch_size=8)["one batch"] == 2 * sizes(folds)["one batch"]
    assert sizes(folds_of(per_step=False))["probabilities"] < sizes(folds)["probabilities"], "one label a sequence"


def test_a_comparison_that_does_not_fit_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "available_memory", lambda: 10**3)
    with pytest.raises(UserError, match=r"^The command must fit into memory\. Received: about .* available\. Lower "):
        check_label_memory(folds_of(), 3, tiny_model(), tiny_training())
    monkeypatch.setattr(memory, "available_memory", lambda: 10**12)
    check_label_memory(folds_of(), 3, tiny_model(), tiny_training())
