"""Q6: input and output of different lengths: encoder-decoder or vector output."""

from statistics import median

import pandas as pd

from seqframe.config import DataSettings, ModelSettings, Settings, TaskSettings, TrainingSettings
from seqframe.data.dataset import TEST
from seqframe.errors import UserError, join_words
from seqframe.experiments.base import Experiment, ExperimentContext, Finding
from seqframe.experiments.runner import run_seeds
from seqframe.experiments.text import format_ratio, format_seed_count
from seqframe.framings import FRAMINGS, check_supported
from seqframe.framings.encoder_decoder import ENCODER_DECODER
from seqframe.framings.many_to_many import MANY_TO_MANY
from seqframe.framings.many_to_one import MANY_TO_ONE

CASES = {
    "10 -> 3": (60, TaskSettings(kind="forecast", lookback=10, horizon=3, stride=2)),
    "100 -> 10": (160, TaskSettings(kind="forecast", lookback=100, horizon=10, stride=5)),
}
EPOCHS, LEARNING_RATE = 300, 0.01
MODEL = ModelSettings(units=16)
SAME = 1.1  # error ratios from 1 / SAME to SAME count as equal


def run(context: ExperimentContext) -> Finding:
    """Read why many_to_many does not support other lengths, and train the two framings that do."""
    table = pd.concat([_compare(context, name) for name in CASES], ignore_index=True)
    ratios = {name: table["error ratio"][table["lengths"] == name].tolist() for name in CASES}
    parameters = tuple(int(table[f"parameters, {name}"].max()) for name in ("encoder_decoder", "many_to_one"))
    number = max(median(per_seed) for per_seed in ratios.values())
    return Finding(number, conclude(unsupported_reason("10 -> 3"), ratios, parameters), table)


def noisy_sines(name: str) -> DataSettings:
    """Noisy sines that are long enough for the window of a case."""
    return DataSettings(generator="sine", sequence_length=CASES[name][0], n_train=8, n_test=20)


def unsupported_reason(name: str) -> str:
    """The error message of many_to_many for a lookback and a horizon that differ; empty if it accepts them."""
    training = TrainingSettings(epochs=1, batch_size="full", learning_rate=LEARNING_RATE, seed=0, n_seeds=1)
    case = Settings(data=noisy_sines(name), task=CASES[name][1], model=MODEL, training=training)
    try:
        check_supported(MANY_TO_MANY, case, FRAMINGS)
    except UserError as error:
        return str(error).partition(" Received")[0]
    return ""


def _compare(context: ExperimentContext, name: str) -> pd.DataFrame:
    """Train both framings for one pair of lengths: one row per seed."""
    framings = (ENCODER_DECODER, MANY_TO_ONE)
    decoded, vector = (
        run_seeds("Q6", context, framing, noisy_sines(name), CASES[name][1], MODEL, EPOCHS, learning_rate=LEARNING_RATE)
        for framing in framings
    )
    lines = []
    for seed, pair in enumerate(zip(decoded, vector, strict=True)):
        line: dict[str, object] = {"lengths": name, "seed": seed}
        for framing, each in zip(framings, pair, strict=True):
            line[f"parameters, {framing.name}"] = each.parameters
            line[f"test error, {framing.name}"] = each.scores[TEST]["mae"]
        lines.append(line | {"error ratio": pair[0].scores[TEST]["mae"] / pair[1].scores[TEST]["mae"]})
    return pd.DataFrame(lines)


def conclude(reason: str, ratios: dict[str, list[float]], parameters: tuple[int, ...]) -> str:
    """The conclusion, from the error message of many_to_many and the error ratios encoder_decoder / many_to_one."""
    support = f'Not supported by many_to_many: "{reason}"' if reason else "many_to_many supports different lengths."
    medians, parts = {name: median(per_seed) for name, per_seed in ratios.items()}, []
    for name, ratio in medians.items():
        word = "as good as" if 1 / SAME <= ratio <= SAME else "better than" if ratio < 1 else "worse than"
        better = format_seed_count([each < 1 for each in ratios[name]])
        parts.append(f"{word} many_to_one for {name} (test error {format_ratio(ratio)}, better in {better})")
    return (
        f"{_recommend(medians)} With the same training, encoder_decoder is {' and '.join(parts)}. It has "
        f"{parameters[0]:,} parameters, many_to_one up to {parameters[1]:,}. {support}"
    )


def _recommend(ratios: dict[str, float]) -> str:
    """Which framing to use: many_to_one, which has fewer parameters, unless encoder_decoder has a smaller error."""
    decoded = [name for name, ratio in ratios.items() if ratio < 1 / SAME]
    if not decoded:
        return "Use many_to_one."
    others = [name for name in ratios if name not in decoded]
    if not others:
        return "Use encoder_decoder."
    return f"Use encoder_decoder for {join_words(decoded, 'and')}, and many_to_one for {join_words(others, 'and')}."


Q6 = Experiment(
    name="Q6",
    text=(
        "Input and output of different lengths (10 values -> 3, 100 -> 10): how does an encoder-decoder compare with "
        "return_sequences=False and Dense(10)?"
    ),
    quantity="Ratio of test errors, encoder_decoder / many_to_one, for the worse of the two pairs of lengths",
    suffix="x",
    method=(
        f"encoder_decoder and many_to_one with {MODEL.units} units forecast noisy sines, {EPOCHS} epochs each. Errors "
        f"are mean absolute errors on test sines. Errors within a factor of {SAME} count as equally good."
    ),
    run=run,
)
