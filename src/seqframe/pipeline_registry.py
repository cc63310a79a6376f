"""All pipelines by name: one per framing, `__default__` with the tutorial's three framings, and the comparisons."""

import warnings
from collections.abc import Callable, Sequence

from kedro.pipeline import Pipeline

from seqframe.config import ExperimentsSettings, Settings
from seqframe.experiments import EXPERIMENTS
from seqframe.framings import FRAMINGS, TUTORIAL, Framing, supported_framings
from seqframe.pipelines.backtest.pipeline import create_backtest_pipeline
from seqframe.pipelines.data_processing.pipeline import create_data_pipeline
from seqframe.pipelines.experiments.pipeline import create_experiments_pipeline
from seqframe.pipelines.inference.pipeline import create_predict_pipeline
from seqframe.pipelines.reporting.pipeline import (
    create_comparison_pipeline,
    create_inspect_pipeline,
    create_skipped_pipeline,
)
from seqframe.pipelines.training.pipeline import create_framing_pipeline, create_seed_study_pipeline


def register_pipelines() -> dict[str, Pipeline]:
    """Pipelines that `kedro run --pipeline=...` knows, before settings are read."""
    return _without_warnings(
        lambda: {
            **{framing.name: _train_framings([framing]) for framing in FRAMINGS},
            "__default__": _train_framings(TUTORIAL),
            **_comparisons(FRAMINGS),
            "predict": create_predict_pipeline(),
            **_experiments(ExperimentsSettings()),
        }
    )


def pipelines_for(settings: Settings) -> dict[str, Pipeline]:
    """Pipelines that depend on settings: those of all supported framings, and of the chosen experiments.

    For a forecast of a table, a framing is evaluated in a backtest.
    """
    return _without_warnings(lambda: _create_for(settings))


def _create_for(settings: Settings) -> dict[str, Pipeline]:
    supported = supported_framings(settings) or FRAMINGS
    others = _experiments(settings.experiments)
    if settings.forecasts_a_table:
        others |= {framing.name: create_backtest_pipeline([framing]) for framing in FRAMINGS}
        tutorial = [framing for framing in TUTORIAL if framing in supported]
        others["__default__"] = create_backtest_pipeline(tutorial or supported)
        others["compare"] = create_backtest_pipeline(supported) + create_skipped_pipeline()
    return _comparisons(supported) | others


def _comparisons(framings: Sequence[Framing]) -> dict[str, Pipeline]:
    tutorial = [framing for framing in TUTORIAL if framing in framings] or TUTORIAL
    return {
        "seed_study": create_data_pipeline(tutorial) + create_seed_study_pipeline(tutorial),
        "compare": _train_framings(framings) + create_skipped_pipeline(),
        "inspect": create_data_pipeline(framings) + create_inspect_pipeline(framings) + create_skipped_pipeline(),
    }


def _experiments(settings: ExperimentsSettings) -> dict[str, Pipeline]:
    chosen = [experiment for experiment in EXPERIMENTS if settings.only in (None, experiment.name)]
    return {"experiments": create_experiments_pipeline(chosen)}


def _train_framings(framings: Sequence[Framing]) -> Pipeline:
    each = sum((create_framing_pipeline(framing) for framing in framings), Pipeline([]))
    return create_data_pipeline(framings) + each + create_comparison_pipeline(framings)


def _without_warnings(create: Callable[[], dict[str, Pipeline]]) -> dict[str, Pipeline]:
    with warnings.catch_warnings():  # Kedro warns about dots in dataset names; ours are those of its namespaces
        warnings.filterwarnings("ignore", message="One or more dataset names contain '.'")
        return create()
