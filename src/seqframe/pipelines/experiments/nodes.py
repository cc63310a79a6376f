"""Run one experiment, and collect the findings of all."""

import pandas as pd
from matplotlib.figure import Figure

from seqframe.config import ExperimentsSettings
from seqframe.errors import UserError
from seqframe.experiments import report
from seqframe.experiments.base import Experiment, ExperimentContext, Finding
from seqframe.training.checkpoint import CheckpointStore
from seqframe.training.events import Message, emit

ExperimentResult = tuple[Experiment, Finding]


class ExperimentError(RuntimeError):
    """An experiment that failed; the message names it."""


def run_experiment(
    settings: ExperimentsSettings, checkpoints: CheckpointStore, experiment: Experiment
) -> ExperimentResult:
    """Run one experiment.

    Raises:
        UserError: The settings of the experiment are invalid; the message names the experiment.
        ExperimentError: Any other error in it.
    """
    emit(Message(f"{experiment.name}: {experiment.text}"))
    try:
        return experiment, experiment.run(ExperimentContext(settings.n_seeds, checkpoints))
    except UserError as error:
        raise UserError(f"Experiment {experiment.name} cannot run. {error}") from error
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        raise ExperimentError(f"Experiment {experiment.name} ({experiment.text}) failed. {reason}") from error


def collect_findings(*results: ExperimentResult) -> pd.DataFrame:
    """All findings in one table, one row per experiment."""
    return pd.DataFrame(
        {
            "question": experiment.name,
            "text": experiment.text,
            "number": float(finding.number),
            "quantity": experiment.quantity,
            "sentence": finding.sentence,
        }
        for experiment, finding in results
    )


def write_experiments_report(settings: ExperimentsSettings, *results: ExperimentResult) -> str:
    """HTML report of all findings."""
    from seqframe.reporting.html import render

    return render.render_page(report.compose_experiments(results, settings))


def write_page(*results: ExperimentResult) -> tuple[str, dict[str, Figure]]:
    """Markdown page of all findings, and its figures by name of the experiment."""
    figures = {experiment.name: finding.figure for experiment, finding in results if finding.figure is not None}
    return report.render_markdown(results), figures
