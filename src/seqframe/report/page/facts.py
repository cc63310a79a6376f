"""The settings that tell one run from another, as people read them."""

from seqframe.config import Model, Problem, Task


def list_facts(problem: Problem, task: Task, model: Model, seeds: str) -> dict[str, str]:
    """What was asked, by name."""
    reads = {} if task.lookback is None else {"rows read": str(task.lookback)}
    gives = {} if task.horizon is None else {"rows predicted": str(task.horizon)}
    widths = ", ".join(map(str, model.widths))
    return {
        "problem": problem.name,
        "task": task.kind.replace("_", " "),
        **reads,
        **gives,
        "network": f"{model.cell} of {widths} units{', both ways' if model.bidirectional else ''}",
        "seeds" if " " in seeds else "seed": seeds,
    }
