"""Q11: several properties a step, in and out: one network for all of them, or one for each."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from statistics import mean, median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from seqframe.config import DataSettings, ModelSettings, TaskSettings
from seqframe.data.dataset import TRAIN, make_dataset
from seqframe.experiments.base import Experiment, ExperimentContext, Finding
from seqframe.experiments.runner import run_seeds
from seqframe.experiments.text import compare_in_words
from seqframe.framings.dataset import frame_arrays
from seqframe.framings.many_to_many import MANY_TO_MANY
from seqframe.reporting.figures import plot_bars

if TYPE_CHECKING:
    from seqframe.experiments.runner import ExperimentRun

PROPERTIES = ("pitch", "loudness", "brightness")  # of a made-up voice
COUPLED, APART = "each follows another", "each for itself"
ROWS = {"train": 300, "unseen": 300}
FOLLOWS, NOISE = 0.9, 0.1  # what a property takes of the one that it follows, and what chance adds
PERIODS = (7.0, 11.0, 17.0)  # rows, of properties that go each for itself
TASK = TaskSettings(kind="next_step", lookback=12, stride=2)
MODEL, EPOCHS = ModelSettings(units=8), 60
OPTIONS = {"batch_size": 16, "learning_rate": 0.01}
ONE, EACH = "one for all", "one for each"


def ask(context: ExperimentContext) -> Finding:
    """Train one network for all properties, and one for each, on both kinds of voices."""
    table = pd.DataFrame([line for kind in (COUPLED, APART) for line in measure(context, kind)])
    errors = table.set_index(["properties", "networks"])["error on unseen (median of seeds)"]
    ratios = {kind: float(errors[kind][EACH] / errors[kind][ONE]) for kind in (COUPLED, APART)}
    bars = {f"{kind},\n{networks}": float(error) for (kind, networks), error in errors.items()}
    figure = plot_bars(bars, "mean absolute error, unseen", f"The next values of {len(PROPERTIES)} properties")
    return Finding(ratios[COUPLED], decide(ratios, table), table, figure)


def measure(context: ExperimentContext, kind: str) -> list[dict[str, object]]:
    """One network for all, and one for each, on voices of one kind."""
    with TemporaryDirectory() as folder:
        paths = [write_voice(Path(folder), kind, part) for part in ROWS]
        groups = {ONE: [list(PROPERTIES)], EACH: [[name] for name in PROPERTIES]}
        return [measure_group(context, kind, name, columns, paths) for name, columns in groups.items()]


def measure_group(
    context: ExperimentContext, kind: str, name: str, groups: list[list[str]], paths: list[Path]
) -> dict[str, object]:
    """Networks that share the properties out among them; their error is that of all properties."""
    trials, errors = [], []
    for columns in groups:
        train, test = (DataSettings(sequence_length=1, path=str(path), features=columns) for path in paths)
        trained = run_seeds("Q11", context, MANY_TO_MANY, train, TASK, MODEL, EPOCHS, **OPTIONS)
        trials.append(trained[0])
        errors.append([error_on(trial, test) for trial in trained])
    X, y = frame_arrays(trials[0].dataset, MANY_TO_MANY, trials[0].dataset.train)
    return {
        "properties": kind,
        "networks": name,
        "X (batches, steps, properties)": X.shape,
        "y": y.shape,
        "parameters": sum(trial.parameters for trial in trials),
        "parameters of heads": sum(_of_head(trial) for trial in trials),
        "error on unseen (median of seeds)": median(map(mean, zip(*errors, strict=True))),
    }


def write_voice(folder: Path, kind: str, part: str) -> Path:
    """Write a table with a column a property and a row a step."""
    random = np.random.default_rng((list(ROWS).index(part), 11))
    rows, count = ROWS[part], len(PROPERTIES)
    noise = random.normal(0, NOISE, (rows, count))
    if kind == COUPLED:
        values = noise.copy()
        for step in range(1, rows):
            values[step] += FOLLOWS * np.roll(values[step - 1], -1)  # pitch follows loudness, loudness brightness, …
    else:
        phases = random.uniform(0, 2 * np.pi, count)
        values = noise + np.sin(2 * np.pi * np.arange(rows)[:, None] / PERIODS + phases)
    path = folder / f"{part}.csv"
    pd.DataFrame(values, columns=list(PROPERTIES)).to_csv(path, index=False)
    return path


def error_on(trial: ExperimentRun, data_settings: DataSettings) -> float:
    """The mean absolute error of a trained network on another table."""
    from seqframe.evaluation.evaluate import evaluate
    from seqframe.networks.build import predict

    _, scores = evaluate(partial(predict, trial.network), MANY_TO_MANY, make_dataset(data_settings, TASK))
    return scores[TRAIN]["mae"]  # all rows of a table stand in this part


def _of_head(trial: ExperimentRun) -> int:
    layer, shape = trial.network.spec.layers()["head"]
    return layer.param_count(shape).value


def decide(ratios: dict[str, float], table: pd.DataFrame) -> str:
    """The sentence, from the errors of one network for each property over those of one for all."""
    at = table.set_index(["properties", "networks"])
    weights, error = at["parameters"][COUPLED], at["error on unseen (median of seeds)"]
    coupled = (
        f"{compare_in_words(ratios[COUPLED])} than one for each where every property follows another "
        f"({error[COUPLED, ONE]:.2g} off on unseen rows, against {error[COUPLED, EACH]:.2g})"
    )
    apart = (
        f"{compare_in_words(ratios[APART])} where each goes for itself ({error[APART, ONE]:.2g} against "
        f"{error[APART, EACH]:.2g})"
    )
    shape = at["X (batches, steps, properties)"][COUPLED, ONE]
    return (
        f"X and y are batches x steps x properties, here {' x '.join(map(str, shape))}, and all steps share one head "
        f"of {at['parameters of heads'][COUPLED, ONE]} parameters. One network for all is {coupled}, and {apart}, "
        f"with {weights[ONE]} parameters against {weights[EACH]}."
    )


Q11 = Experiment(
    name="Q11",
    text="Several properties a step, in and out, such as those of a voice: how are they posed, by one network or many?",
    unit="error of one network for each property over that of one for all, where each property follows another",
    method=(
        f"Tables of {len(PROPERTIES)} made-up properties are written and read as a user's would be, and many_to_many "
        "is asked for the next step of all: by one network, and by one for each property. In one kind of table each "
        "property follows another a step later; in the other each is a noisy wave of its own. Scored on another table."
    ),
    ask=ask,
)
