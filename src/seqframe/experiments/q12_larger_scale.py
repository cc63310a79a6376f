"""Q12: whether many_to_many with TimeDistributed is more efficient than many_to_one, in space or time, as length grows.

Both are trained by the same compiled loop. TimeDistributed is Seqframe's, which folds time into the batch, and Keras'
own, which walks over it, beside Keras' own many_to_one.
"""

from dataclasses import dataclass
from statistics import median

import pandas as pd

from seqframe.config import DataSettings, ModelSettings, TaskSettings
from seqframe.data.dataset import make_dataset
from seqframe.experiments.base import Experiment, ExperimentContext, Finding
from seqframe.experiments.runner import make_timed_step, ratio, time_in_turns
from seqframe.framings.dataset import frame_arrays
from seqframe.framings.many_to_many import MANY_TO_MANY
from seqframe.framings.many_to_one import MANY_TO_ONE
from seqframe.reporting.figures import plot_lines

KERAS = "Keras "  # before the name of a framing: with Keras' own layers
LENGTHS = (5, 20, 100, 300, 1000)
LIKE = 0.15  # times that differ by a smaller share are called alike


@dataclass(frozen=True)
class Scale:
    """How wide the network is, how many sequences an epoch has, and up to which length Keras' own layers are timed."""

    name: str
    units: int
    sequences: int
    longest_stock: int  # Keras' TimeDistributed makes a graph that grows with the length, and takes long to make


SMALL = Scale("tutorial", units=5, sequences=1, longest_stock=100)
LARGE = Scale("larger", units=32, sequences=32, longest_stock=300)


def ask(context: ExperimentContext) -> Finding:
    """Measure all sides at every length, on both scales."""
    table = pd.DataFrame([line for scale in (SMALL, LARGE) for length in LENGTHS for line in measure(scale, length)])
    at = table.set_index(["scale", "length", "side"])
    parameters = at["parameters"][SMALL.name][LENGTHS[-1]]
    times = at["time to many_to_one"][LARGE.name]
    space = float(parameters["many_to_one"] / parameters["many_to_many"])
    sentence = decide(space, times[LENGTHS[-1]]["many_to_many"], times[LARGE.longest_stock]["Keras many_to_many"])
    lines = {
        str(side): dict(zip(rows["length"], rows["ms an epoch"], strict=True))
        for side, rows in table[table["scale"] == LARGE.name].groupby("side", sort=False)
    }
    title = f"{LARGE.sequences} sequences, {LARGE.units} units: compare the lines, not machines"
    return Finding(space, sentence, table, plot_lines(lines, "length of the sequence", "ms an epoch", title, "xy"))


def measure(scale: Scale, length: int) -> list[dict[str, object]]:
    """All sides at one length."""
    dataset = make_dataset(
        DataSettings(generator="ramp", sequence_length=length, n_train=scale.sequences), TaskSettings(kind="echo")
    )
    plans, timed = {}, {}
    for framing in (MANY_TO_ONE, MANY_TO_MANY):
        X, y = frame_arrays(dataset, framing, dataset.train)
        spec = framing.make_spec(X, y, ModelSettings(units=scale.units))
        for name, stock in ((framing.name, False), (f"{KERAS}{framing.name}", True)):
            if length <= scale.longest_stock or not stock:
                plans[name], timed[name] = spec, make_timed_step(spec, X, y, stock)
    found = time_in_turns(timed)
    return [
        {
            "scale": scale.name,
            "length": length,
            "side": name,
            "parameters": plans[name].parameters,
            "KiB kept by training": timed[name].kept_bytes / 1024,
            "ms an epoch": median(found[name]),
            "time to many_to_one": ratio(found[name], found[f"{KERAS * name.startswith(KERAS)}{MANY_TO_ONE.name}"]),
        }
        for name in timed
    ]


def decide(space: float, time: float, walked: float) -> str:
    """The sentence: how many times the parameters of many_to_many many_to_one has, and the ratios of their times."""
    if space > 1:
        first = (
            f"In space, yes: at length {LENGTHS[-1]} the tutorial's many_to_one has {space:.0f} times the parameters, "
            "since its head grows with the length, and the head that all steps share does not."
        )
    else:
        first = (
            f"In space, no: at length {LENGTHS[-1]} the tutorial's many_to_one has {space:.2g} times the parameters."
        )
    return f"{first} In time, {_in_time(time, walked)}"


def _in_time(time: float, walked: float) -> str:
    ours = f"{time:.2g} times that of many_to_one with time folded into the batch (length {LENGTHS[-1]})"
    stock = f"{walked:.2g} times with Keras' own TimeDistributed (length {LARGE.longest_stock})"
    both = f"an epoch of many_to_many takes {ours}, and {stock}"
    why = "today's Keras calls the layer once a step, which the tutorial's author could not foresee"
    if walked > 1 + LIKE:
        return f"not as Keras is today: {both}, because {why}."
    if time < 1 - LIKE and walked < 1 - LIKE:
        return f"yes: {both}."
    return f"the guess does not show here: {both}."


Q12 = Experiment(
    name="Q12",
    text="Is many_to_many more efficient than many_to_one at a larger scale, in space or time?",
    unit=f"parameters of the tutorial's many_to_one over those of its many_to_many, at length {LENGTHS[-1]}",
    method=(
        f"The tutorial's two networks at the lengths {', '.join(map(str, LENGTHS))}, and the same with {LARGE.units} "
        f"units on {LARGE.sequences} sequences at once, in the same compiled loop. They are timed in turns; a ratio is "
        "the median of those of each turn. What training keeps are the weights and the moments of Adam. Memory that is "
        "freed after every update is left out: both networks need the same states of the LSTM for the way back."
    ),
    ask=ask,
)
