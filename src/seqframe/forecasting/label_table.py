"""The table of predicted labels: one row per sequence or step, with the label and the probability of every class."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seqframe.data.sequences import Sequences
from seqframe.data.windows import Floats, RowNumbers

THRESHOLD = 0.5  # probability from which a class is predicted, where several may hold
SEPARATOR = "; "  # of the classes of a row, where several may hold


def tabulate_probabilities(probabilities: Floats, sequences: Sequences, numbers: RowNumbers) -> pd.DataFrame:
    """Predictions of some sequences as a table: probabilities (rows, classes).

    The columns are `id`, `step` from 1 where every step has a label, `label`, and `p_<class>` for each class.
    """
    labels = name_labels(predict_codes(probabilities, sequences.multi_label), sequences)
    columns = {f"p_{name}": probabilities[:, place] for place, name in enumerate(sequences.classes)}
    return pd.DataFrame({**_keys(sequences, numbers), "label": labels, **columns})


def predict_codes(probabilities: Floats, multi_label: bool) -> NDArray[np.int64]:
    """Codes of the predicted classes, or with `multi_label` 0 or 1 for each class.

    (..., classes) -> (..., 1), or with `multi_label` (..., classes).
    """
    if multi_label:
        return (probabilities >= THRESHOLD).astype(np.int64)
    return np.asarray(probabilities.argmax(axis=-1)[..., None], np.int64)


def name_labels(codes: NDArray[np.int64], sequences: Sequences) -> NDArray[np.object_]:
    """Names of classes by code: (rows, outputs) -> (rows,). All classes that hold, where several may; "" if missing."""
    classes = np.array([*sequences.classes, ""], object)
    if not sequences.multi_label:
        return np.asarray(classes[codes[:, 0]])  # -1 is the last one
    return np.array([SEPARATOR.join(classes[:-1][row == 1]) for row in codes], object)


def _keys(sequences: Sequences, numbers: RowNumbers) -> dict[str, Any]:
    """The id of each sequence; where every step has a label, of each step, and the number of the step, from 1."""
    ids = np.array(sequences.ids, object)[numbers]
    if not sequences.per_step:
        return {"id": ids}
    return {"id": np.repeat(ids, sequences.lengths[numbers]), "step": sequences.positions(numbers) + 1}
