"""Q7: one value in, a sequence out, and whether the advice given for it helps."""

from collections.abc import Mapping, Sequence
from statistics import median

import pandas as pd

from seqframe.config import DataSettings, ModelSettings, TaskSettings
from seqframe.data.dataset import TEST, TRAIN
from seqframe.experiments.base import Experiment, ExperimentContext, Finding
from seqframe.experiments.runner import run_seeds
from seqframe.experiments.text import format_ratio, join
from seqframe.framings.one_to_many import ONE_TO_MANY

TASK = TaskSettings(kind="forecast", lookback=1, horizon=4)
DATA = {
    "the tutorial's ramp": (DataSettings(sequence_length=5), TRAIN),
    "test ramps": (DataSettings(sequence_length=5, n_train=20, n_test=100), TEST),
}
EPOCHS, MORE = 500, 2000
UNITS = 5
PLAIN = "as in the tutorial"
ADVICE: dict[str, tuple[ModelSettings, int]] = {
    PLAIN: (ModelSettings(units=UNITS), EPOCHS),
    f"{MORE} epochs": (ModelSettings(units=UNITS), MORE),
    "bidirectional": (ModelSettings(units=UNITS, bidirectional=True), EPOCHS),
    "input dropout": (ModelSettings(units=UNITS, dropout=0.2), EPOCHS),
    "L2 penalty on input weights": (ModelSettings(units=UNITS, kernel_l2=0.001), EPOCHS),
}
HELPS = 0.99  # largest error ratio that counts as an improvement


def run(context: ExperimentContext) -> Finding:
    """Follow each piece of advice alone, on the tutorial's ramp and on test ramps."""
    errors = {name: _measure(context, *case) for name, case in DATA.items()}
    ratios = {
        name: {
            advice: [one / plain for one, plain in zip(per_seed, by_advice[PLAIN], strict=True)]
            for advice, per_seed in by_advice.items()
            if advice != PLAIN
        }
        for name, by_advice in errors.items()
    }
    table = pd.DataFrame(
        {name: {advice: median(per_seed) for advice, per_seed in found.items()} for name, found in errors.items()}
    )
    best = lowest_expected_error(DATA["test ramps"][0])
    table.loc["lowest expected error"] = [0.0, best]
    table = table.add_prefix("error on ").rename_axis("advice").reset_index()
    number = sum(helps(per_seed) for per_seed in ratios["test ramps"].values())
    plain = median(errors["test ramps"][PLAIN])
    sentence = conclude(ratios["the tutorial's ramp"], ratios["test ramps"], plain, best)
    return Finding(number, sentence, table)


def _measure(context: ExperimentContext, data_settings: DataSettings, split: str) -> dict[str, list[float]]:
    """Mean absolute error on a split of the data, by advice and seed."""
    return {
        advice: [
            each.scores[split]["mae"]
            for each in run_seeds("Q7", context, ONE_TO_MANY, data_settings, TASK, model, epochs)
        ]
        for advice, (model, epochs) in ADVICE.items()
    }


def lowest_expected_error(data_settings: DataSettings) -> float:
    """Expected mean absolute error of the best prediction that knows the first value of a ramp only.

    A ramp goes from a first value to a last one, uniform on 0 … m with m = (length - 1) / length. The best prediction
    of the last value is m / 2, with an expected error of m / 4; row k of the ramp has k / (length - 1) of this error.
    """
    steps = data_settings.sequence_length - 1
    maximum = steps / data_settings.sequence_length
    return maximum / 4 * sum(range(1, steps + 1)) / steps**2


def helps(ratios: Sequence[float]) -> bool:
    """Whether the error is smaller for every seed."""
    return all(ratio <= HELPS for ratio in ratios)


def conclude(
    ramp: Mapping[str, Sequence[float]], test: Mapping[str, Sequence[float]], plain: float, best: float
) -> str:
    """The conclusion, from the error ratios with / without each piece of advice, for every seed."""
    helping = [advice for advice, per_seed in test.items() if helps(per_seed)]
    on_ramp, on_test = (
        join([f"{advice} {format_ratio(median(per_seed))}" for advice, per_seed in found.items()])
        for found in (ramp, test)
    )
    outcome = f"improvement in every seed by {join(helping)}" if helping else "no advice helps in every seed"
    return (
        f"Test ramps: {outcome}. Test error without advice {plain:.3f}; with advice, relative to it: {on_test}. On the "
        f"tutorial's own ramp: {on_ramp}; its only input is 0.0, and regularizing a zero input has no effect. One "
        f"value does not determine the rest of a ramp, so the expected error on test ramps is at least {best:.3f}."
    )


Q7 = Experiment(
    name="Q7",
    text="One value in, a sequence out: do more training, bidirectional layers and input regularization help?",
    quantity=f"Of {len(ADVICE) - 1} pieces of advice, those that lower the error on test ramps in every seed",
    method=(
        f"one_to_many with {UNITS} units predicts the 4 values of a ramp after the first one. Each piece of advice is "
        f"followed alone: {MORE} epochs instead of {EPOCHS}; bidirectional, which doubles the parameters; dropout of "
        "0.2 on the inputs; an L2 penalty of 0.001 on their weights. Errors are mean absolute errors. Test ramps go "
        "from one random value to another."
    ),
    run=run,
)
