"""Any table of sequences is read, split and padded right, or refused in one line."""

from typing import Any

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from seqframe.config import DataSettings, TaskSettings
from seqframe.data.label_dataset import make_label_dataset
from seqframe.data.raw_table import make_raw_table
from seqframe.data.sequence_tables import load_sequence_table
from seqframe.data.sequences import MASK_VALUE, MISSING_LABEL
from seqframe.errors import UserError

LABELS = st.sampled_from([[0, 1], [0.0, 1.0, np.nan], ["a", "b", None], [True, False], [5], [0.5, 1], list(range(9))])
INPUTS = st.sampled_from([[0.0, 1.5], [1.0, np.nan], ["p", "q", None], [3], [np.inf, 1.0], ["", "x"], [1e300, -1e300]])


@st.composite
def tables(draw: st.DrawFn) -> tuple[pd.DataFrame, dict[str, Any], str]:
    lengths = draw(st.lists(st.integers(1, 4), min_size=1, max_size=12))
    kind, rows = draw(st.sampled_from(["classify", "label"])), sum(lengths)
    ids = np.repeat(np.arange(len(lengths)), lengths)
    cells = draw(LABELS)
    labels = [draw(st.sampled_from(cells)) for _ in (ids if kind == "label" else lengths)]
    table = pd.DataFrame({"id": ids, "y": labels if kind == "label" else np.array(labels, object)[ids]})
    for name in ("u", "v"):
        values = draw(INPUTS)
        table[name] = [draw(st.sampled_from(values)) for _ in range(rows)]
    if draw(st.booleans()):
        table["split"] = np.array(["train", "test"])[(ids >= draw(st.integers(0, len(lengths)))).astype(int)]
    if draw(st.booleans()):
        table = table.sample(frac=1, random_state=draw(st.integers(0, 9)), ignore_index=True)
    options = {
        "missing": draw(st.sampled_from(["raise", "drop", "ffill", "interpolate", "mask"])),
        "category_encoding": draw(st.sampled_from(["auto", "codes"])),
        "scaler": draw(st.sampled_from(["none", "standard", "minmax", "robust"])),
    }
    return table, options, kind


@settings(max_examples=60, deadline=None)
@given(tables())
def test_any_table_is_read_right_or_refused_in_one_line(case: tuple[pd.DataFrame, dict[str, Any], str]) -> None:
    table, options, kind = case
    data_settings = DataSettings(sequence_length=1, id_column="id", target="y", **options)
    try:
        loaded = load_sequence_table(make_raw_table(table), data_settings, kind == "label", "a.csv")
        dataset = make_label_dataset(loaded.sequences, loaded.settings, TaskSettings(kind=kind))
    except UserError as error:
        message = str(error)
        assert "\n" not in message
        assert len(message) <= 300
        return
    sequences = dataset.sequences
    assert sorted(np.concatenate(list(dataset.splits.values()))) == list(range(len(sequences)))
    assert len(sequences.row_labels(np.arange(len(sequences)))) == len(sequences.labels)
    for number in range(len(sequences)):
        one = np.array([number], np.intp)
        length = sequences.lengths[number]
        inputs, targets = dataset.inputs(one, length + 2)[0], dataset.targets(one, length + 2)[0]
        assert np.isfinite(inputs).all()
        assert (inputs[length:] == MASK_VALUE).all()
        if options["missing"] != "mask":
            assert (inputs[:length] > MASK_VALUE).all()
        expected = table[table["id"].astype(str) == sequences.ids[number]]["y"]
        if options["missing"] != "drop":
            assert length == len(expected)
            names = [
                None if pd.isna(label) else str(int(label) if isinstance(label, float) else label) for label in expected
            ]
            codes = [MISSING_LABEL if name is None else sequences.classes.index(name) for name in names]
            assert targets[:, 0].tolist() == [*codes, -1, -1] if kind == "label" else targets[0] == max(codes)
