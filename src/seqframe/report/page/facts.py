"""The settings that tell one run from another, as people read them."""

from seqframe.config import Settings, Task


def list_facts(asked: Settings, task: Task, many_seeds: bool) -> dict[str, str]:
    """What was asked, by name; `task` is that of the settings with what they leave open."""
    model, training = asked.model, asked.training
    reads = {} if task.lookback is None else {"rows read": str(task.lookback)}
    gives = {} if task.horizon is None else {"rows predicted": str(task.horizon)}
    last = training.seeds - 1
    seeds = {"seeds": f"0 to {last}" if last else "0"} if many_seeds else {"seed": str(training.seed)}
    return {
        "problem": asked.problem.name,
        "task": task.kind.replace("_", " "),
        **reads,
        **gives,
        "units": ", ".join(map(str, model.widths)),
        **seeds,
    }
