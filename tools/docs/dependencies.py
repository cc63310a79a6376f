"""The measured dependency of every framing, stored in docs/framings/dependency.json: measuring it needs TensorFlow."""

import json
from functools import cache
from typing import Any

import numpy as np

from seqframe.errors import UserError
from seqframe.framings import FRAMINGS
from seqframe.networks.causality import Dependency
from tools.docs.examples import find_example
from tools.docs.templates import FRAMING_PAGES

STORED = FRAMING_PAGES / "dependency.json"
DIGITS = 3  # of a strength


def measure_dependencies() -> dict[str, Any]:
    """The dependency of every framing on its example, with the outcome of the causality check."""
    from seqframe.framings.causality import check_framing

    measured = {}
    for framing in FRAMINGS:
        example = find_example(framing)
        check = check_framing(example.spec, framing, example.dataset)
        dependency = check.dependency
        measured[framing.name] = {
            "output_steps": dependency.output_steps.tolist(),
            "depends_on": dependency.depends_on.astype(int).tolist(),
            "strength": [[float(f"{value:.{DIGITS}g}") for value in line] for line in dependency.strength],
            "outcome": check.outcome,
            "summary": check.summary(),
        }
    return measured


def store_dependencies(measured: dict[str, Any]) -> None:
    """Write the measured dependencies, one framing per line."""
    lines = (f"  {json.dumps(name)}: {json.dumps(dependency)}" for name, dependency in measured.items())
    STORED.write_text("{\n" + ",\n".join(lines) + "\n}\n")


@cache
def read_dependencies() -> dict[str, Any]:
    """The stored dependencies, by framing."""
    stored: dict[str, Any] = json.loads(STORED.read_text())
    return stored


def stored_dependency(framing: str) -> dict[str, Any]:
    """The stored dependency of one framing.

    Raises:
        UserError: It has not been measured yet.
    """
    if framing not in read_dependencies():
        raise UserError(
            f"The page of a framing shows its measured dependency. Received: {framing}, which is not measured. "
            "Run: make pictures"
        )
    dependency: dict[str, Any] = read_dependencies()[framing]
    return dependency


def measured_dependency(framing: str) -> Dependency:
    """The stored dependency of one framing, as it was measured."""
    stored = stored_dependency(framing)
    return Dependency(
        framing=framing,
        output_steps=np.array(stored["output_steps"], np.intp),
        strength=np.array(stored["strength"], np.float64),
        depends_on=np.array(stored["depends_on"], np.bool_),
    )


if __name__ == "__main__":
    store_dependencies(measure_dependencies())
