"""Q11: several features per step, as inputs and targets: one network for all, or one network per feature."""

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
from seqframe.experiments.text import compare_errors
from seqframe.framings.dataset import frame_arrays
from seqframe.framings.many_to_many import MANY_TO_MANY
from seqframe.reporting.figures import plot_bars

if TYPE_CHECKING:
    from seqframe.experiments.runner import ExperimentRun

FEATURES = ("pitch", "loudness", "brightness")  # of a synthetic voice
COUPLED, INDEPENDENT = "coupled", "independent"
ROWS = {"train": 300, "test": 300}
COUPLING, NOISE = 0.9, 0.1  # weight of the coupled feature, and standard deviation of the noise
PERIODS = (7.0, 11.0, 17.0)  # rows, of independent features
TASK = TaskSettings(kind="next_step", lookback=12, stride=2)
MODEL, EPOCHS = ModelSettings(units=8), 60
OPTIONS = {"batch_size": 16, "learning_rate": 0.01}
JOINT, SEPARATE = "one for all", "one per feature"


def run(context: ExperimentContext) -> Finding:
    """Train one network for all features, and one per feature, on coupled and on independent features."""
    table = pd.DataFrame([line for kind in (COUPLED, INDEPENDENT) for line in _measure(context, kind)])
    errors = table.set_index(["features", "networks"])["test error (median of seeds)"]
    ratios = {kind: float(errors[kind][SEPARATE] / errors[kind][JOINT]) for kind in (COUPLED, INDEPENDENT)}
    bars = {f"{kind},\n{networks}": float(error) for (kind, networks), error in errors.items()}
    figure = plot_bars(bars, "mean absolute error, test", f"Next step of {len(FEATURES)} features")
    return Finding(ratios[COUPLED], conclude(ratios, table), table, figure)


def _measure(context: ExperimentContext, kind: str) -> list[dict[str, object]]:
    """One network for all features, and one per feature, on features of one kind: one row each."""
    with TemporaryDirectory() as folder:
        paths = [write_voice(Path(folder), kind, split) for split in ROWS]
        groups = {JOINT: [list(FEATURES)], SEPARATE: [[name] for name in FEATURES]}
        return [measure_group(context, kind, name, columns, paths) for name, columns in groups.items()]


def measure_group(
    context: ExperimentContext, kind: str, name: str, groups: list[list[str]], paths: list[Path]
) -> dict[str, object]:
    """Train one network per group of features; the error is the mean over the groups."""
    runs, errors = [], []
    for columns in groups:
        train, test = (DataSettings(sequence_length=1, path=str(path), features=columns) for path in paths)
        trained = run_seeds("Q11", context, MANY_TO_MANY, train, TASK, MODEL, EPOCHS, **OPTIONS)
        runs.append(trained[0])
        errors.append([error_on(each, test) for each in trained])
    X, y = frame_arrays(runs[0].dataset, MANY_TO_MANY, runs[0].dataset.train)
    return {
        "features": kind,
        "networks": name,
        "X (samples, steps, features)": X.shape,
        "y": y.shape,
        "parameters": sum(each.parameters for each in runs),
        "head parameters": sum(_head_parameters(each) for each in runs),
        "test error (median of seeds)": median(map(mean, zip(*errors, strict=True))),
    }


def write_voice(folder: Path, kind: str, split: str) -> Path:
    """Write a table with one column per feature and one row per step."""
    random = np.random.default_rng((list(ROWS).index(split), 11))
    rows, count = ROWS[split], len(FEATURES)
    noise = random.normal(0, NOISE, (rows, count))
    if kind == COUPLED:
        values = noise.copy()
        for step in range(1, rows):
            # pitch depends on the last loudness, loudness on the last brightness, brightness on the last pitch
            values[step] += COUPLING * np.roll(values[step - 1], -1)
    else:
        phases = random.uniform(0, 2 * np.pi, count)
        values = noise + np.sin(2 * np.pi * np.arange(rows)[:, None] / PERIODS + phases)
    path = folder / f"{split}.csv"
    pd.DataFrame(values, columns=list(FEATURES)).to_csv(path, index=False)
    return path


def error_on(result: ExperimentRun, data_settings: DataSettings) -> float:
    """Mean absolute error of a trained network on another table."""
    from seqframe.evaluation.evaluate import evaluate
    from seqframe.networks.build import predict

    _, scores = evaluate(partial(predict, result.network), MANY_TO_MANY, make_dataset(data_settings, TASK))
    return scores[TRAIN]["mae"]  # the dataset of this table has one split with all rows


def _head_parameters(result: ExperimentRun) -> int:
    layer, shape = result.network.spec.layers()["head"]
    return layer.param_count(shape).value


def conclude(ratios: dict[str, float], table: pd.DataFrame) -> str:
    """The conclusion, from the error ratios of one network per feature / one network for all."""
    indexed = table.set_index(["features", "networks"])
    parameters, error = indexed["parameters"][COUPLED], indexed["test error (median of seeds)"]
    coupled = (
        f"{compare_errors(ratios[COUPLED])} than one per feature if each feature depends on another one (test error "
        f"{error[COUPLED, JOINT]:.2g} against {error[COUPLED, SEPARATE]:.2g})"
    )
    independent = (
        f"{compare_errors(ratios[INDEPENDENT])} if the features are independent ({error[INDEPENDENT, JOINT]:.2g} "
        f"against {error[INDEPENDENT, SEPARATE]:.2g})"
    )
    shape = indexed["X (samples, steps, features)"][COUPLED, JOINT]
    return (
        f"X and y are (samples, steps, features), here ({', '.join(map(str, shape))}), and all steps share one head of "
        f"{indexed['head parameters'][COUPLED, JOINT]} parameters. One network for all features is {coupled}, and "
        f"{independent}. It has {parameters[JOINT]} parameters, the separate networks {parameters[SEPARATE]}."
    )


Q11 = Experiment(
    name="Q11",
    text="Several features per step, as inputs and targets (for example of a voice): one network or one per feature?",
    quantity="Ratio of test errors, one network per feature / one network for all, coupled features",
    suffix="x",
    method=(
        f"Tables of {len(FEATURES)} synthetic features are written to files and read like a user's table. many_to_many "
        "predicts the next step of all features: with one network, and with one network per feature. Coupled features "
        "depend on another feature one step earlier; independent features are noisy sines. The test error is measured "
        "on a second table."
    ),
    run=run,
)
