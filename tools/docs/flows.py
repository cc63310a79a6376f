"""What each framing's network was measured to see, kept beside the pages, since to measure it takes TensorFlow."""

import json
from functools import cache
from typing import Any

import numpy as np

from seqframe.errors import UserError
from seqframe.framings import FRAMINGS
from seqframe.networks.causality import Dependency
from tools.docs.examples import example_of
from tools.docs.places import PAGES_OF_FRAMINGS

FLOWS = PAGES_OF_FRAMINGS / "flow.json"
DIGITS = 3  # of a strength


def measure_flows() -> dict[str, Any]:
    """Of every framing its flow, as a `Flow` has it, and the sentence and the verdict that it is judged with."""
    from seqframe.framings.causality import check_framing

    measured = {}
    for framing in FRAMINGS:
        example = example_of(framing)
        check = check_framing(example.spec, framing, example.dataset)
        flow = check.dependency
        measured[framing.name] = {
            "steps": flow.output_steps.tolist(),
            "sees": flow.depends_on.astype(int).tolist(),
            "strength": [[float(f"{value:.{DIGITS}g}") for value in line] for line in flow.strength],
            "verdict": check.outcome,
            "sentence": check.summary(),
        }
    return measured


def keep_flows(measured: dict[str, Any]) -> None:
    """Write what was measured, a line a framing."""
    lines = (f"  {json.dumps(name)}: {json.dumps(flow)}" for name, flow in measured.items())
    FLOWS.write_text("{\n" + ",\n".join(lines) + "\n}\n")


@cache
def read_flows() -> dict[str, Any]:
    """What was measured when it was last kept."""
    kept: dict[str, Any] = json.loads(FLOWS.read_text())
    return kept


def kept_flow(framing: str) -> dict[str, Any]:
    """What was measured of one framing.

    Raises:
        UserError: Nothing was, since the framing is newer.
    """
    if framing not in read_flows():
        raise UserError(
            f"The manual shows what each framing was measured to see. Received: {framing}, of which nothing is kept. "
            "Measure it: make pictures"
        )
    flow: dict[str, Any] = read_flows()[framing]
    return flow


def as_flow(framing: str, kept: dict[str, Any]) -> Any:
    """What a `Flow` has, without its package, which loads TensorFlow: steps (answers,), others (answers, lookback)."""
    return Dependency(
        framing=framing,
        output_steps=np.array(kept["steps"], np.intp),
        strength=np.array(kept["strength"], np.float64),
        depends_on=np.array(kept["sees"], np.bool_),
    )
