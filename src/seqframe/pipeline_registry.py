"""All pipelines by name: one per framing, `__default__` with the tutorial's three framings, and comparisons."""

import warnings
from collections.abc import Callable, Sequence

from kedro.pipeline import Pipeline

from seqframe.config import ExperimentsSettings, Settings
from seqframe.experiments import EXPERIMENTS
from seqframe.framings import FRAMINGS, TUTORIAL, Framing, candidate_framings, compared_framings, supported_framings
from seqframe.pipelines.backtest.pipeline import create_backtest_pipeline
from seqframe.pipelines.data_processing.pipeline import create_data_pipeline
from seqframe.pipelines.experiments.pipeline import create_experiments_pipeline
from seqframe.pipelines.inference.pipeline import create_label_predict_pipeline, create_predict_pipeline
from seqframe.pipelines.labels.pipeline import create_label_inspect_pipeline, create_label_pipeline
from seqframe.pipelines.reporting.pipeline import (
    create_comparison_pipeline,
    create_inspect_pipeline,
    create_skipped_pipeline,
)
from seqframe.pipelines.sweep.pipeline import create_sweep_pipeline
from seqframe.pipelines.training.pipeline import create_framing_pipeline, create_seed_study_pipeline


def register_pipelines() -> dict[str, Pipeline]:
    """Pipelines that `kedro run --pipeline=...` knows before the settings are read: for generated data.

    Bidirectional variants are pipelines for labels; for other tasks they are refused once the settings are read.
    """
    return _without_warnings(lambda: _training_pipelines(FRAMINGS, False) | _other_pipelines(ExperimentsSettings()))


def pipelines_for(settings: Settings) -> dict[str, Pipeline]:
    """Pipelines for these settings: with the supported framings and the chosen experiments.

    `compare` has the framings in `backtest.framings`, supported or not, if they are given. For a forecast of a table,
    framings are evaluated in a backtest; for labels, on held-out sequences.
    """
    return _without_warnings(lambda: _create_for(settings))


def _create_for(settings: Settings) -> dict[str, Pipeline]:
    supported, has_table = supported_framings(settings) or FRAMINGS, settings.data.is_table
    named = settings.backtest.named_framings
    compared = compared_framings(settings) or supported
    if settings.task.has_labels:
        created = _label_pipelines(supported, has_table) | {"compare": create_label_pipeline(compared, has_table)}
    elif settings.forecasts_a_table:
        created = {framing.name: create_backtest_pipeline([framing]) for framing in candidate_framings()}
        created["__default__"] = create_backtest_pipeline(_tutorial(supported) or supported)
        created["compare"] = create_backtest_pipeline(compared)
        created |= _study_pipelines(supported, has_table)
    else:
        created = _training_pipelines(supported, has_table) | {"compare": _train(compared, has_table)}
    if not named:
        created["compare"] += create_skipped_pipeline()
    return created | _other_pipelines(settings.experiments, settings.task.has_labels)


def _training_pipelines(framings: Sequence[Framing], has_table: bool) -> dict[str, Pipeline]:
    return {
        **{framing.name: _train([framing], has_table) for framing in candidate_framings()},
        "__default__": _train(TUTORIAL, has_table),
        "compare": _train(framings, has_table) + create_skipped_pipeline(),
        **_study_pipelines(framings, has_table),
    }


def _study_pipelines(framings: Sequence[Framing], has_table: bool) -> dict[str, Pipeline]:
    """The pipelines that evaluate no forecast in a backtest, of tables and of generated data."""
    several = _tutorial(framings) or TUTORIAL
    return {
        "seed_study": create_data_pipeline(several, has_table) + create_seed_study_pipeline(several),
        "inspect": create_data_pipeline(framings, has_table)
        + create_inspect_pipeline(framings)
        + create_skipped_pipeline(),
    }


def _train(framings: Sequence[Framing], has_table: bool) -> Pipeline:
    each = map(create_framing_pipeline, framings)
    return Pipeline([create_data_pipeline(framings, has_table), *each, create_comparison_pipeline(framings)])


def _label_pipelines(framings: Sequence[Framing], has_table: bool) -> dict[str, Pipeline]:
    several = _tutorial(framings) or framings
    return {
        **{framing.name: create_label_pipeline([framing], has_table) for framing in candidate_framings()},
        **{name: create_label_pipeline(several, has_table) for name in ("__default__", "seed_study")},
        "inspect": create_label_inspect_pipeline(framings, has_table) + create_skipped_pipeline(),
    }


def _tutorial(framings: Sequence[Framing]) -> list[Framing]:
    return [framing for framing in TUTORIAL if framing in framings]


def _other_pipelines(settings: ExperimentsSettings, labels: bool = False) -> dict[str, Pipeline]:
    chosen = [experiment for experiment in EXPERIMENTS if settings.only in (None, experiment.name)]
    predict = create_label_predict_pipeline() if labels else create_predict_pipeline()
    return {
        "predict": predict,
        "experiments": create_experiments_pipeline(chosen),
        "sweep": create_sweep_pipeline(),
    }


def _without_warnings(create: Callable[[], dict[str, Pipeline]]) -> dict[str, Pipeline]:
    with warnings.catch_warnings():  # Kedro warns about dots in dataset names; here they come from namespaces
        warnings.filterwarnings("ignore", message="One or more dataset names contain '.'")
        return create()
