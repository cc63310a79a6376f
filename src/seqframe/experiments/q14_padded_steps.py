"""Q14: outputs of sequences alone, and padded in a batch, with and without a mask."""

from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seqframe.config import DataSettings, ModelSettings, TaskSettings
from seqframe.data.label_dataset import LabelDataset, make_label_dataset
from seqframe.data.label_generators import generate_labeled
from seqframe.data.sequences import MASK_VALUE
from seqframe.experiments.base import Experiment, ExperimentContext, Finding
from seqframe.experiments.text import join
from seqframe.framings import Framing, find_framing
from seqframe.framings.sequences import make_label_spec
from seqframe.networks.spec import Masking, NetworkSpec, NetworkState

LONGEST = 20  # steps of a sequence
PADDED_TO = (20, 50, 100)  # steps of a batch
ROUNDING = 1e-5  # of float32 probabilities
WEIGHT = 0.3  # standard deviation of the random weights
FRAMINGS = {"many_to_one": "classify", "many_to_many": "label", "many_to_many_bidirectional": "label"}
MASKED, UNMASKED = "with Masking", "zeros, without Masking"


def run(context: ExperimentContext) -> Finding:
    """Compare the probabilities of every test sequence, padded in a batch, with its probabilities alone."""
    table = pd.DataFrame(
        [
            _measure(find_framing(name), kind, masked, context.n_seeds)
            for masked in (True, False)
            for name, kind in FRAMINGS.items()
        ]
    )
    number = float(table.loc[table["padding"] == MASKED, "max difference"].max())
    return Finding(number, conclude(table), table)


def _measure(framing: Framing, kind: str, masked: bool, n_seeds: int) -> dict[str, object]:
    """The largest difference over all lengths after padding and all seeds: one row of the table."""
    from seqframe.networks.build import predict

    task = TaskSettings.model_validate({"kind": kind, "available": "whole" if kind == "label" else "past"})
    data_settings = DataSettings(generator="parity", sequence_length=LONGEST, n_train=4, n_test=16)
    dataset = make_label_dataset(generate_labeled(data_settings, kind), data_settings, task)
    spec = make_label_spec(dataset, framing, ModelSettings(units=16))
    differences = []
    for seed in range(n_seeds):
        network = draw_weights(spec if masked else without_masking(spec), seed)
        for steps in PADDED_TO:
            X = pad(dataset, steps, masked)
            for row, number in enumerate(dataset.splits["test"]):
                alone, padded = predict(network, dataset.inputs(np.array([number]))), predict(network, X[[row]])
                length = alone.shape[1] if kind == "label" else len(alone)
                differences.append(float(np.abs(alone - (padded[:, :length] if kind == "label" else padded)).max()))
    return {
        "framing": framing.title,
        "padding": MASKED if masked else UNMASKED,
        "padded to, steps": f"up to {max(PADDED_TO)}",
        "max difference": max(differences),
    }


def draw_weights(spec: NetworkSpec, seed: int) -> NetworkState:
    """A network with random weights. Biases too: with initial ones of zero, an LSTM keeps a state of zero at zeros."""
    from seqframe.networks.build import init_network

    random = np.random.default_rng(seed)
    weights = (random.normal(0, WEIGHT, each.shape).astype(np.float32) for each in init_network(spec, seed).weights)
    return NetworkState(spec, tuple(weights))


def without_masking(spec: NetworkSpec) -> NetworkSpec:
    """The network without its `Masking` layer."""
    return replace(spec, body=tuple(layer for layer in spec.body if not isinstance(layer, Masking)))


def pad(dataset: LabelDataset, steps: int, masked: bool) -> NDArray[np.float32]:
    """The test sequences, padded at the end with the value of masked steps or with zeros."""
    X = dataset.inputs(dataset.splits["test"], steps)
    return X if masked else np.where(X == MASK_VALUE, np.float32(0), X)


def conclude(table: pd.DataFrame) -> str:
    """The conclusion, from the largest differences with and without a mask."""
    largest = table.set_index(["padding", "framing"])["max difference"]
    masked, unmasked = largest[MASKED], largest[UNMASKED]
    if masked.max() > ROUNDING:
        return f"Yes: even with Masking, probabilities differ by up to {masked.max():.1g} ({masked.idxmax()})."
    changed = unmasked[unmasked > ROUNDING]
    same = unmasked[unmasked <= ROUNDING]
    start = f"With Masking, no: probabilities are the same (max difference {masked.max():.1g})."
    if changed.empty:
        return f"{start} Without Masking they do not differ either."
    parts = join([f"{name} by up to {difference:.2g}" for name, difference in changed.items()])
    unchanged = f" {join(list(same.index))} is not changed: its outputs come before the padding." if len(same) else ""
    return f"{start} Padded with zeros and without Masking, probabilities change: {parts}.{unchanged}"


Q14 = Experiment(
    name="Q14",
    text="Sequences of different lengths: does padding change the result?",
    quantity="Max absolute difference of probabilities, padded and masked against alone",
    method=(
        f"LSTMs with random weights. Each test sequence of up to {LONGEST} steps is predicted alone, and "
        f"padded at the end to {join(PADDED_TO)} steps. Outputs are compared at the steps of the sequence."
    ),
    run=run,
)
