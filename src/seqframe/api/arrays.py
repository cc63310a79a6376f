"""X and y of a framing as NumPy arrays, for Keras code of one's own."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqframe.api.comparison import load_input, read_settings
from seqframe.config import LABEL_KINDS, Settings
from seqframe.data.dataset import SequenceDataset, dataset_from_split
from seqframe.data.sources import generate_data
from seqframe.data.splits import Split, find_segments, split_data
from seqframe.errors import UserError
from seqframe.framings import Framing, candidate_framings, check_framing_names, check_supported, find_framing
from seqframe.framings.dataset import frame_arrays

Arrays = tuple[NDArray[np.float32], NDArray[np.float32]]


def frame(
    data: Any = None,
    framing: str | Framing = "many_to_many",
    *,
    lookback: int | None = None,
    horizon: int | None = None,
    target: str | Sequence[str] | None = None,
    time: str | Sequence[str] | None = None,
    id: str | Sequence[str] | None = None,
    task: str | None = None,
    **settings: Any,
) -> Arrays:
    """X (samples, timesteps, features) and y of all windows of a table, float32, in physical units.

    Without data, they are the windows of the training sequences that `generator` generates.

    Args:
        data: A table, as for `compare`.
        framing: The framing, by its name.
        lookback: Rows of the input window.
        horizon: Rows of the target, which follow the input window.
        target: Column or columns to predict; they are the inputs too, unless `features` names others.
        time: Column with the time of each row; by default it is found.
        id: Column with the series that a row belongs to.
        task: `forecast` with a horizon by default, and `echo` without one; or `next_step` or `next_window`.
        **settings: Any setting by its name, such as `features=["load", "temperature"]`, `gap=2` or `scaler="standard"`.

    Raises:
        UserError: The framing does not support the settings, or the data is invalid.

    >>> X, y = frame(np.arange(6.0), "many_to_one", lookback=3, horizon=1)
    >>> X[..., 0].tolist(), y.tolist()
    ([[0.0, 1.0, 2.0], [1.0, 2.0, 3.0], [2.0, 3.0, 4.0]], [[3.0], [4.0], [5.0]])
    """
    check_predicts_numbers(task)
    named: dict[str, Any] = {"lookback": lookback, "horizon": horizon, "target": target, "time": time, "id": id}
    named |= {"task": task or ("echo" if horizon is None else "forecast"), "scaler": "none"}
    given = {name: value for name, value in named.items() if value is not None} | settings
    dataset, values = _load_windows(data, {**PLAIN, **given})
    chosen = find_supported(framing, values)
    return frame_arrays(dataset, chosen, dataset.train)


PLAIN = {  # settings that leave the values as they are
    "scale_per_series": False,
    "transform": "none",
    "calendar": "none",
    "covariates": "none",
    "instance_norm": "none",
    "recursive_norm": None,
    "channels": "joint",
    "linear_skip": False,
    "shuffle": False,
    "batch_size": "full",
}


def _load_windows(data: Any, given: dict[str, Any]) -> tuple[SequenceDataset, Settings]:
    """All rows as training rows, and the settings, which have no table: windows are targets as the task says."""
    table, settings = read_settings(data, given)
    if table is None:
        df, roles = generate_data(settings.data), settings.data
    else:
        _check_lengths(settings)
        loaded, _ = load_input(table, settings)
        df, roles = loaded.df, loaded.settings.model_copy(update={"path": None})
    settings = settings.model_copy(update={"data": roles})
    split = split_data(df, roles) if table is None else Split(find_segments(df).ranges, ())
    dataset = dataset_from_split(df, split, roles, settings.task)
    return dataset, settings


def check_predicts_numbers(task: str | None) -> None:
    """Check that a task, if there is one, does not predict labels.

    Raises:
        UserError: It does.
    """
    if task in LABEL_KINDS:
        raise UserError(f"`task` must predict numbers: forecast, echo, next_step or next_window. Received: {task}.")


def _check_lengths(settings: Settings) -> None:
    """A forecast of windows needs both lengths."""
    task = settings.task
    if task.kind == "forecast" and None in (task.lookback, task.horizon):
        raise UserError(
            "Windows of a forecast need `lookback` and `horizon`. Received: "
            f"lookback={task.lookback}, horizon={task.horizon}."
        )


def find_supported(framing: str | Framing, settings: Settings) -> Framing:
    """The framing with a name.

    Raises:
        UserError: There is none, or it does not support the settings.
    """
    name = framing.name if isinstance(framing, Framing) else str(framing)
    check_framing_names({name}, "framing")
    chosen = find_framing(name)
    check_supported(chosen, settings, candidate_framings(settings))
    return chosen
