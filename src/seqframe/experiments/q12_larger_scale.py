"""Q12: memory and time of many_to_many with TimeDistributed and of many_to_one, as the length grows.

Both are trained by the same compiled loop, with two implementations of TimeDistributed: Seqframe's folds time into the
batch; Keras' own loops over the time steps. The latter is compared with many_to_one on Keras' own layers.
"""

from dataclasses import dataclass
from statistics import median

import pandas as pd

from seqframe.config import DataSettings, ModelSettings, TaskSettings
from seqframe.data.dataset import make_dataset
from seqframe.experiments.base import Experiment, ExperimentContext, Finding
from seqframe.experiments.runner import make_timed_step, median_ratio, time_in_turns
from seqframe.framings.dataset import frame_arrays
from seqframe.framings.many_to_many import MANY_TO_MANY
from seqframe.framings.many_to_one import MANY_TO_ONE
from seqframe.reporting.figures import plot_lines

KERAS = "Keras "  # prefix of a framing that is built from Keras' own layers
LENGTHS = (5, 20, 100, 300, 1000)
SIMILAR = 0.15  # times that differ by a smaller share are not called different


@dataclass(frozen=True)
class Scale:
    """Width of the network, sequences per epoch, and the largest length at which Keras' own layers are timed."""

    name: str
    units: int
    sequences: int
    max_keras_length: int  # tracing Keras' TimeDistributed takes longer with every time step


SMALL = Scale("tutorial", units=5, sequences=1, max_keras_length=100)
LARGE = Scale("larger", units=32, sequences=32, max_keras_length=300)


def run(context: ExperimentContext) -> Finding:
    """Time all networks at every length, on both scales."""
    table = pd.DataFrame([line for scale in (SMALL, LARGE) for length in LENGTHS for line in _measure(scale, length)])
    indexed = table.set_index(["scale", "length", "network"])
    parameters = indexed["parameters"][SMALL.name][LENGTHS[-1]]
    times = indexed["time relative to many_to_one"][LARGE.name]
    space = float(parameters["many_to_one"] / parameters["many_to_many"])
    sentence = conclude(space, times[LENGTHS[-1]]["many_to_many"], times[LARGE.max_keras_length]["Keras many_to_many"])
    lines = {
        str(network): dict(zip(rows["length"], rows["ms per epoch"], strict=True))
        for network, rows in table[table["scale"] == LARGE.name].groupby("network", sort=False)
    }
    title = f"{LARGE.sequences} sequences, {LARGE.units} units"
    return Finding(space, sentence, table, plot_lines(lines, "sequence length", "ms per epoch", title, "xy"))


def _measure(scale: Scale, length: int) -> list[dict[str, object]]:
    """Time all networks at one length: one row per network."""
    dataset = make_dataset(
        DataSettings(generator="ramp", sequence_length=length, n_train=scale.sequences), TaskSettings(kind="echo")
    )
    specs, timed = {}, {}
    for framing in (MANY_TO_ONE, MANY_TO_MANY):
        X, y = frame_arrays(dataset, framing, dataset.train)
        spec = framing.make_spec(X, y, ModelSettings(units=scale.units))
        for name, keras_layers in ((framing.name, False), (f"{KERAS}{framing.name}", True)):
            if length <= scale.max_keras_length or not keras_layers:
                specs[name], timed[name] = spec, make_timed_step(spec, X, y, keras_layers)
    found = time_in_turns(timed)
    return [
        {
            "scale": scale.name,
            "length": length,
            "network": name,
            "parameters": specs[name].parameters,
            "training state, KiB": timed[name].state_bytes / 1024,
            "ms per epoch": median(found[name]),
            "time relative to many_to_one": median_ratio(
                found[name], found[f"{KERAS * name.startswith(KERAS)}{MANY_TO_ONE.name}"]
            ),
        }
        for name in timed
    ]


def conclude(space: float, time: float, keras_time: float) -> str:
    """The conclusion, from the ratio of parameters many_to_one / many_to_many, and the inverse ratios of times."""
    if space > 1:
        first = (
            f"Memory, yes: at length {LENGTHS[-1]} the tutorial's many_to_one has {space:.0f}x the parameters, because "
            "its head grows with the length and the shared head of many_to_many does not."
        )
    else:
        first = f"Memory, no: at length {LENGTHS[-1]} the tutorial's many_to_one has {space:.2g}x the parameters."
    return f"{first} Time, {_conclude_time(time, keras_time)}"


def _conclude_time(time: float, keras_time: float) -> str:
    folded = f"{time:.2g}x the time of many_to_one with time folded into the batch (length {LENGTHS[-1]})"
    keras = f"{keras_time:.2g}x with Keras' own TimeDistributed (length {LARGE.max_keras_length})"
    both = f"an epoch of many_to_many takes {folded}, and {keras}"
    if keras_time > 1 + SIMILAR:
        return f"not in today's Keras: {both}, because Keras calls the layer once per time step."
    if time < 1 - SIMILAR and keras_time < 1 - SIMILAR:
        return f"yes: {both}."
    return f"no clear difference: {both}."


Q12 = Experiment(
    name="Q12",
    text="Is many_to_many more efficient than many_to_one at a larger scale, in memory or time?",
    quantity=f"Ratio of parameters, many_to_one / many_to_many of the tutorial, at length {LENGTHS[-1]}",
    suffix="x",
    method=(
        f"The tutorial's two networks at the lengths {', '.join(map(str, LENGTHS))}, and the same with {LARGE.units} "
        f"units on a batch of {LARGE.sequences} sequences, in the same compiled loop. The networks are timed in turns; "
        "a time ratio is the median of the ratios of all turns. The training state consists of the weights and the "
        "moments of Adam. Memory that is freed after every update is not counted: both networks store the same LSTM "
        "states for the backward pass."
    ),
    run=run,
)
