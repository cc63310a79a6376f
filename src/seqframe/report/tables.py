"""Tables for people, as data frames."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
from numpy.typing import NDArray

from seqframe.config import Settings
from seqframe.evaluation import Scores, first_sequence
from seqframe.framings import FRAMINGS
from seqframe.metrics import wilson_interval
from seqframe.plan import Plan
from seqframe.posing import TRAINING
from seqframe.progress import History


def layer_table(plan: Plan, keras_counts: dict[str, int]) -> pd.DataFrame:
    """One row a layer: its shapes (of one sample), the arithmetic of its parameters, and Keras' count beside it."""
    lines = []
    for name, (layer, shape) in plan.layers().items():
        arithmetic = layer.arithmetic(shape)
        lines.append(
            {
                "framing": plan.framing,
                "layer": name,
                "kind": layer.kind,
                "input_shape": str(shape),
                "output_shape": str(layer.output_shape(shape)),
                "formula": arithmetic.formula,
                "with_numbers": arithmetic.numbers,
                "parameters": arithmetic.value,
                "keras_counts": keras_counts[name],
            }
        )
    return pd.DataFrame(lines)


def add_up(layers: pd.DataFrame) -> str:
    """The parameters of a network as a sum, layer by layer, without those that have none: `140 + 6 = 146`."""
    counts = layers["parameters"][layers["parameters"] > 0]
    return f"{' + '.join(map(str, counts))} = {counts.sum()}"


def summary(
    framing: str,
    X: NDArray[Any],
    y: NDArray[Any],
    layers: pd.DataFrame,
    history: History,
    predictions: pd.DataFrame,
    scores: Scores,
) -> dict[str, Any]:
    """One line of the comparison: scores in physical units, the loss in scaled ones."""
    return {
        "framing": framing,
        "X": str(X.shape),
        "y": str(y.shape),
        "parameters": add_up(layers),
        "epochs": len(history.losses),
        "final_loss": history.losses[-1],
        **_in_one_line(scores),
        "predicted": first_sequence(predictions),
    }


def comparison(summaries: Sequence[dict[str, Any]], naive: str, naive_scores: Scores) -> pd.DataFrame:
    """One row a framing, and a last one for the naive answer, which has scores alone."""
    return pd.DataFrame([*summaries, {"framing": naive, **_in_one_line(naive_scores)}])


def tabulate_left_out(settings: Settings) -> pd.DataFrame:
    """The framings that cannot pose what the settings ask for, and why."""
    reasons = {framing.name: framing.refusal(settings) for framing in FRAMINGS}
    return pd.DataFrame(
        [(name, f"{name} {reason}") for name, reason in reasons.items() if reason], columns=["framing", "reason"]
    )


def _in_one_line(scores: Scores) -> dict[str, float]:
    """Scores on the rows trained on by their names, and on unseen rows with the part before the name."""
    return {
        metric if part == TRAINING else f"{part}_{metric}": value
        for part, metrics in scores.items()
        for metric, value in metrics.items()
    }


def seed_summary(studies: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """How many seeds learnt every value to one decimal, with a 95 % interval of the share, and their final losses."""
    lines = []
    for study in studies:
        learnt, seeds = int(study["right_to_one_decimal"].sum()), len(study)
        low, high = wilson_interval(learnt, seeds)
        lines.append(
            {
                "framing": study["framing"].iloc[0],
                "seeds": seeds,
                "learnt": learnt,
                "share": learnt / seeds,
                "share_low": low,
                "share_high": high,
                "median_loss": study["final_loss"].median(),
                "smallest_loss": study["final_loss"].min(),
                "largest_loss": study["final_loss"].max(),
            }
        )
    return pd.DataFrame(lines)
