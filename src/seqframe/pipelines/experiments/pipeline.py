"""experiments -> findings -> a table, a page with figures, and a report."""

from collections.abc import Callable, Sequence
from functools import wraps

from kedro.pipeline import Pipeline, node

from seqframe.config import ExperimentsSettings
from seqframe.experiments.base import Experiment
from seqframe.pipelines.experiments.nodes import (
    ExperimentResult,
    collect_findings,
    run_experiment,
    write_experiments_report,
    write_page,
)
from seqframe.training.checkpoint import CheckpointStore


def create_experiments_pipeline(experiments: Sequence[Experiment]) -> Pipeline:
    """One node per experiment, and the nodes that collect their findings."""
    findings = [f"finding_{experiment.name}" for experiment in experiments]
    runs = [
        node(
            _bind(experiment),
            ["params:experiments", "checkpoints"],
            finding,
            name=experiment.name,
            tags="training",
        )
        for experiment, finding in zip(experiments, findings, strict=True)
    ]
    collect = [
        node(collect_findings, findings, "experiments", name="collect_findings", tags="evaluation"),
        node(write_page, findings, ["experiments_page", "experiments_figures"], name="write_page", tags="reporting"),
        node(
            write_experiments_report, ["params:experiments", *findings], "report", name="write_report", tags="reporting"
        ),
    ]
    return Pipeline([*runs, *collect], tags="experiments")


def _bind(experiment: Experiment) -> Callable[[ExperimentsSettings, CheckpointStore], ExperimentResult]:
    """The node function of an experiment; Kedro-Viz shows the code of the experiment."""

    @wraps(experiment.run, assigned=("__doc__",))
    def run(settings: ExperimentsSettings, checkpoints: CheckpointStore) -> ExperimentResult:
        return run_experiment(settings, checkpoints, experiment)

    return run
