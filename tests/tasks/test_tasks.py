from typing import get_args

import numpy as np
import pytest

from seqframe.config import TaskSettings
from seqframe.data.alignment import ALIGNMENTS
from seqframe.data.windows import make_windows
from seqframe.forecasting.baselines import SEQUENCES, baselines_of
from seqframe.networks.causality import available_at_prediction
from seqframe.tasks import TASKS, Task, find_task

every_task = pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)


def make_settings(task: Task, **settings: int) -> TaskSettings:
    lengths = {"lookback": 3, "horizon": 2, "gap": 1} if task.name == "forecast" else {}
    return TaskSettings.model_validate({"kind": task.name} | lengths | settings)


def test_settings_registry_and_alignments_have_the_same_tasks() -> None:
    kinds = get_args(TaskSettings.model_fields["kind"].annotation)
    assert list(kinds) == [task.name for task in TASKS] == list(ALIGNMENTS)


@every_task
def test_a_task_is_complete(task: Task) -> None:
    assert find_task(task.name) is task
    assert task.alignment is ALIGNMENTS[task.name]
    assert task.summary.endswith(".")
    forecasts = [each.name for each in baselines_of(SEQUENCES, make_settings(task))]
    assert forecasts == ([] if task.labels else [task.baseline])
    assert "{" not in task.phrase.format(**make_settings(task).model_dump())


@every_task
@pytest.mark.parametrize("rows", [6, 9])
def test_windows_have_the_lengths_of_the_alignment(task: Task, rows: int) -> None:
    settings = make_settings(task)
    windows = make_windows([range(rows)], settings)
    assert (windows.lookback, windows.first_target, windows.steps) == task.alignment.lengths(settings, rows)
    assert max(windows.inputs.max(), windows.targets.max()) < rows


@every_task
def test_the_default_lookback_is_the_longest_that_fits(task: Task) -> None:
    if task.alignment.max_lookback is None:
        return
    lookback, _, _ = task.alignment.lengths(make_settings(task), 8)
    assert len(make_windows([range(8)], make_settings(task, lookback=lookback)))
    with pytest.raises(ValueError, match="must fit in the sequence"):
        make_windows([range(8)], make_settings(task, lookback=lookback + 1))


@every_task
def test_the_row_of_a_target_is_available_as_in_its_alignment(task: Task) -> None:
    settings = make_settings(task)
    windows = make_windows([range(6)], settings)
    available = available_at_prediction(windows, settings)  # (steps, lookback)
    same_row = windows.targets[0][:, None] == windows.inputs[0]
    assert np.all(available[same_row] == task.alignment.own_row)


def test_steps_after_a_label_are_available_if_the_sequence_is_whole() -> None:
    for available in ("past", "whole"):
        settings = TaskSettings.model_validate({"kind": "label", "available": available})
        windows = make_windows([range(4)], settings)
        expected = np.tril(np.ones((4, 4), bool)) | (available == "whole")
        np.testing.assert_array_equal(available_at_prediction(windows, settings), expected)


@pytest.mark.parametrize("task", [task for task in TASKS if task.labels], ids=lambda task: task.name)
def test_settings_and_record_agree_on_labels(task: Task) -> None:
    assert make_settings(task).has_labels
    assert task.labels is not None
    assert (task.labels.output_layer(False).activation, task.labels.output_layer(True).activation) == (
        "softmax",
        "sigmoid",
    )


def test_whole_sequences_are_refused_for_other_tasks() -> None:
    with pytest.raises(ValueError, match="task.available=whole` applies to `task.kind=label"):
        TaskSettings(kind="echo", available="whole")
