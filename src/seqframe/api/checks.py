"""Checks of the names in the settings: of generators, framings and baselines, which `seqframe.config` does not know."""

from seqframe.config import Settings
from seqframe.data.generators import check_generator_name
from seqframe.data.label_generators import find_label_generator
from seqframe.errors import UserError, shorten, suggest_names
from seqframe.forecasting.baselines import backtest_baselines, check_baseline_names, check_package
from seqframe.forecasting.label_baselines import label_baselines
from seqframe.framings import candidate_framings, check_framing_names


def check_setting_names(settings: Settings) -> None:
    """Check that every setting that names a generator, a framing or a baseline names one of the task.

    Raises:
        UserError: A name is unknown; one line with the valid names.
    """
    if not settings.data.is_table:
        _check_generator(settings)
    check_framing_names(settings.training.named_framings(), "training.epochs")
    check_framing_names(set(settings.backtest.named_framings or []), "backtest.framings")
    check_baseline_names(settings.backtest.named_baselines or [], "backtest.baselines")
    _check_refit(settings.backtest.refit, settings)


def _check_generator(settings: Settings) -> None:
    if settings.task.has_labels:
        find_label_generator(settings.data, settings.task.kind)
    else:
        check_generator_name(settings.data.source)


def _check_refit(name: str | None, settings: Settings) -> None:
    """Check that `backtest.refit` names a framing or a baseline of the task, whose package is installed."""
    framings = [framing.name for framing in candidate_framings(settings)]
    if settings.task.has_labels:
        framings += [baseline.name for baseline in label_baselines(settings.task)]
    baselines = {} if settings.task.has_labels else backtest_baselines()
    if name in baselines:
        check_package(baselines[name])
    elif name is not None and name not in framings:
        hint = suggest_names(name, [*framings, *baselines], "Framings and baselines")
        raise UserError(f"`backtest.refit` must name a framing or a baseline. Received: {shorten(name)}. {hint}")
