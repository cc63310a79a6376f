"""Comparisons of framings in one call: forecasts of a table, labels of sequences, or generated sequences."""

from collections.abc import Sequence
from contextlib import closing
from functools import partial
from typing import Any

import numpy as np

from seqframe.api.arguments import group_keywords, make_settings
from seqframe.api.checks import check_setting_names
from seqframe.api.inputs import SEQUENCE, InputTable, read_input, sequence_table
from seqframe.api.networks import (
    check_network,
    check_sequence_network,
    init_forecast_network,
    init_sequence_network,
    init_spec,
    make_card,
    make_sequence_card,
)
from seqframe.api.progress import Progress
from seqframe.api.results import (
    Comparison,
    ForecastComparison,
    LabelComparison,
    NetworkComparison,
    TrainedNetwork,
)
from seqframe.config import Settings
from seqframe.config.layers import read_value
from seqframe.config.params import merge_settings
from seqframe.data.bounds import check_bounds
from seqframe.data.dataset import SequenceDataset, dataset_from_split
from seqframe.data.label_dataset import make_label_dataset
from seqframe.data.label_generators import generate_labeled, generated_roles
from seqframe.data.sequence_tables import load_sequence_table
from seqframe.data.sources import generate_data
from seqframe.data.splits import split_data
from seqframe.data.tables import LoadedTable, load_table
from seqframe.errors import UserError, show_value
from seqframe.evaluation import folds as fold_module
from seqframe.evaluation import label_folds as label_fold_module
from seqframe.evaluation import label_leaderboard, label_runs, leaderboard
from seqframe.evaluation.backtest import fit_baselines, list_models, run_backtest
from seqframe.evaluation.conclusions import conclude, refit_message
from seqframe.evaluation.design import MAX_FOLDS, BacktestConfig, design_backtest
from seqframe.evaluation.evaluate import evaluate, score_baselines
from seqframe.evaluation.label_conclusions import conclude_labels
from seqframe.evaluation.label_memory import check_label_memory
from seqframe.evaluation.memory import check_backtest_memory
from seqframe.execution.executors import ClosableExecutor, SerialExecutor, count_at_once, make_executor, start_compiling
from seqframe.framings import FRAMINGS, Framing, candidate_framings, check_supported, compared_framings
from seqframe.framings.dataset import frame_arrays, training_view
from seqframe.reporting import tables
from seqframe.reporting.html.components import NetworkCard
from seqframe.training.events import Message, emit
from seqframe.training.losses import as_keras_loss
from seqframe.training.runs import Executor, fit_runs


def compare(
    data: Any = None,
    target: str | Sequence[str] | None = None,
    *,
    time: str | Sequence[str] | None = None,
    id: str | Sequence[str] | None = None,
    horizon: int | None = None,
    lookback: int | None = None,
    task: str | None = None,
    framings: Sequence[str | Framing] | str | None = None,
    progress: bool = True,
    **settings: Any,
) -> Comparison:
    """Train and score every framing that supports the task, next to baselines, and refit the recommended model.

    `kedro run --pipeline=compare` gives the same numbers with the same settings. Nothing is written or logged.

    Args:
        data: A DataFrame, the path of a table, a Series or an array, or a dict of series by name. Without data,
            sequences are generated, as `generator` says.
        target: Column or columns to predict.
        time: Column with the time of each row; by default it is found.
        id: Column with the series, or the sequence with a label, that a row belongs to.
        horizon: Rows to forecast; by default it is inferred.
        lookback: Rows of the input window; by default it is inferred.
        task: `forecast` for a table by default; `classify` and `label` for sequences with labels; `echo`, `next_step`
            or `next_window`.
        framings: The framings to compare; by default all that support the task.
        progress: Whether to show the progress.
        **settings: Any setting by its name, such as `epochs=40`, `units=16` or `n_folds=1`, or a group of settings
            such as `training={"epochs": 40}`. The documentation lists all of them. `loss` may be a Keras loss, or a
            function of targets and predictions that Keras can train with.

    Raises:
        UserError: A setting or the data is invalid; one line says what to change.

    >>> result = compare(framings=["one_to_one", "many_to_many"], epochs=3, progress=False)
    >>> result.leaderboard["framing"].tolist()
    ['one_to_one', 'many_to_many', 'baseline (mean)']
    """
    named: dict[str, Any] = {"target": target, "time": time, "id": id, "horizon": horizon, "lookback": lookback}
    named |= {"task": task, "framings": framings}
    return _compare(data, {name: value for name, value in named.items() if value is not None} | settings, progress)


def classify(data: Any, labels: Sequence[Any] | None = None, **settings: Any) -> Comparison:
    """Compare framings that predict one label for each sequence.

    Args:
        data: A long table with one row per step, or a list of arrays, (steps, features) each.
        labels: The label of each array; a long table has a column of labels, which `target` names.
        **settings: As for `compare`.

    Raises:
        UserError: As for `compare`.
    """
    return _compare_sequences(data, labels, {"task": "classify"} | settings)


def label(data: Any, labels: Sequence[Any] | None = None, **settings: Any) -> Comparison:
    """Compare framings that predict one label for each step of a sequence.

    Args:
        data: As for `classify`.
        labels: The labels of each array, one per step; a long table has a column of labels, which `target` names.
        **settings: As for `compare`.

    Raises:
        UserError: As for `compare`.
    """
    return _compare_sequences(data, labels, {"task": "label"} | settings)


def _compare_sequences(data: Any, labels: Sequence[Any] | None, settings: dict[str, Any]) -> Comparison:
    if labels is None and isinstance(data, list | tuple | np.ndarray):
        raise UserError("A list of arrays needs `labels`: one for each sequence, or for each of its steps.")
    if labels is not None:
        data, settings = sequence_table(data, labels), {"id": SEQUENCE, "target": "label"} | settings
    return compare(data, **settings)


def _compare(data: Any, keywords: dict[str, Any], shown: bool) -> Comparison:
    """Compare with settings by keyword."""
    own_loss = keywords.get("loss")
    if callable(own_loss):
        keywords = {name: value for name, value in keywords.items() if name != "loss"}
    table, settings = read_settings(data, keywords)
    if callable(own_loss):
        settings = _with_loss(settings, own_loss)
    check_setting_names(settings)
    framings = compared_framings(settings) or FRAMINGS
    refitted = settings.backtest.refit
    for framing in candidate_framings():
        if framing in framings or framing.name == refitted:
            check_supported(framing, settings, candidate_framings(settings))
    with Progress(shown) as progress, closing(_make_executor(settings, framings, callable(own_loss))) as executor:
        if settings.task.has_labels:
            return _compare_labels(table, settings, framings, progress, executor)
        if table is not None and settings.forecasts_a_table:
            return compare_forecasts(table, *load_input(table, settings), framings, progress, executor)
        return _compare_networks(table, settings, framings, progress)


def _make_executor(settings: Settings, framings: Sequence[Framing], own_loss: bool) -> ClosableExecutor:
    """The executor of the settings; a loss of one's own stays in this process, since it may be any object."""
    if own_loss or not (settings.forecasts_a_table or settings.task.has_labels):
        return SerialExecutor()
    start_compiling(settings)
    folds = 1 if settings.task.has_labels else settings.backtest.n_folds or MAX_FOLDS
    networks = folds * settings.training.n_seeds
    epochs = sum(networks * settings.training.epochs_of(framing.name) for framing in framings)
    return make_executor(settings.execution, networks, epochs, count_at_once(settings))


def _with_loss(settings: Settings, loss: Any) -> Settings:
    """The settings with a Keras loss of the user's own."""
    if settings.task.has_labels or settings.training.loss != "auto":
        raise UserError(
            "A loss of your own applies to forecasts and other tasks that predict numbers, instead of another loss. "
            f"Received: task {settings.task.kind}, training.loss={settings.training.loss}."
        )
    return settings.model_copy(update={"training": settings.training.with_keras_loss(as_keras_loss(loss))})


def read_settings(data: Any, keywords: dict[str, Any]) -> tuple[InputTable | None, Settings]:
    """The user's table, if there is one, and the settings of keyword arguments."""
    given = group_keywords(keywords)
    path = read_value(given, "data", "path")
    if data is not None and path is not None:
        raise UserError(f"A table is given once. Received: data and path={show_value(path)}. Remove one of them.")
    data = path if data is None else data
    if data is None:
        return None, make_settings(given)
    csv = make_settings({"data": {"csv": read_value(given, "data", "csv") or {}}}).data.csv
    table = read_input(data, csv)
    return table, make_settings(merge_settings({"data": dict(table.implied)}, given, {"data": {"path": table.path}}))


def load_input(table: InputTable, settings: Settings) -> tuple[LoadedTable, Settings]:
    """The user's table with the roles of its columns, and the settings with these roles."""
    loaded = load_table(table.raw, settings.data, table.name)
    check_bounds(loaded.df, loaded.settings)
    return loaded, settings.model_copy(update={"data": loaded.settings})


def compare_forecasts(
    table: InputTable,
    loaded: LoadedTable,
    settings: Settings,
    framings: Sequence[Framing],
    progress: Progress,
    executor: Executor,
    design: BacktestConfig | None = None,
) -> ForecastComparison:
    """The steps of the pipeline of a backtest, with the result of `load_input`; `design` is given if it is known."""
    from seqframe.evaluation.refit import model_residuals, refit_named

    model, training, backtest = settings.model, settings.training, settings.backtest
    config = design or design_backtest(loaded.df, loaded.settings, settings.task, backtest)
    folds = fold_module.make_folds(loaded.df, config, loaded.settings)
    check_backtest_memory(folds, len(framings), model, training, backtest)
    progress.total = (len(framings) * len(folds.datasets) + 1) * training.n_seeds
    prepared = [_prepare(folds.of(framing).newest, framing, settings) for framing in framings]
    baselines = fit_baselines(folds, backtest.named_baselines)
    runs = tuple(
        run_backtest(card.spec, card.framing, folds.of(card.framing), training, executor=executor) for card in prepared
    )
    result = leaderboard.score_models(list_models(baselines, runs), folds)
    recommendation = conclude(result)
    name = backtest.refit or recommendation.refit
    emit(Message(refit_message(name, recommendation)))
    past = model_residuals(name, list_models(baselines, runs), folds)
    refitted = refit_named(name, loaded.df, config, loaded.settings, model, training, past=past, executor=executor)
    notes = (*loaded.notes, *config.reasons, *progress.messages)
    cards = tuple(prepared)
    return ForecastComparison(
        settings, notes, result, recommendation, folds, baselines, runs, cards, table, refitted.forecaster
    )


def _prepare(dataset: SequenceDataset, framing: Framing, settings: Settings) -> NetworkCard:
    """The network of a framing, after its causality check."""
    network, layers, _ = init_forecast_network(dataset, framing, settings.model, settings.training)
    return make_card(network, layers, check_network(network, dataset, framing), dataset, framing)


def _compare_labels(
    table: InputTable | None, settings: Settings, framings: Sequence[Framing], progress: Progress, executor: Executor
) -> LabelComparison:
    """The steps of the pipeline of sequences with labels."""
    from seqframe.evaluation.label_refit import refit_named_labels

    model, training, task = settings.model, settings.training, settings.task
    notes: tuple[str, ...] = ()
    if table is None:
        sequences = generate_labeled(settings.data, task.kind)
        data_settings = generated_roles(sequences, settings.data)
    else:
        loaded = load_sequence_table(table.raw, settings.data, task.kind == "label", table.name)
        sequences, data_settings, notes = loaded.sequences, loaded.settings, loaded.notes
    settings = settings.model_copy(update={"data": data_settings})
    dataset = make_label_dataset(sequences, data_settings, task, settings.backtest)
    folds = label_fold_module.make_label_folds(dataset, training.n_seeds)
    check_label_memory(folds, len(framings), model, training)
    progress.total = (len(framings) + 1) * training.n_seeds
    cards, runs = [], []
    for framing in framings:
        network, layers, _ = init_sequence_network(folds.first, framing, model, training)
        check = check_sequence_network(network, folds.first, framing)
        cards.append(make_sequence_card(network, layers, check, folds.first, framing))
        runs.append(label_runs.train_networks(network.spec, framing, folds, training, executor=executor))
    baselines = label_runs.predict_baselines(folds, training)
    result = label_leaderboard.score_labels(label_runs.list_label_models(baselines, runs), folds)
    recommendation = conclude_labels(result)
    name = settings.backtest.refit or recommendation.refit
    emit(Message(refit_message(name, recommendation)))
    classifier = refit_named_labels(name, folds, model, training, executor=executor)
    notes = (*notes, *dataset.notes, *progress.messages)
    return LabelComparison(
        settings, notes, result, recommendation, folds, baselines, tuple(runs), tuple(cards), classifier
    )


def _compare_networks(
    table: InputTable | None, settings: Settings, framings: Sequence[Framing], progress: Progress
) -> NetworkComparison:
    """The steps of the pipeline of single networks: on generated sequences, or on all windows of a table."""
    notes: tuple[str, ...] = ()
    if table is None:
        df = generate_data(settings.data)
    else:
        loaded, settings = load_input(table, settings)
        df, notes = loaded.df, loaded.notes
    dataset = dataset_from_split(df, split_data(df, settings.data), settings.data, settings.task)
    progress.total = len(framings)
    trained = [_train_network(dataset, framing, settings) for framing in framings]
    summaries = [summary for _, _, summary in trained]
    networks = {network.framing.name: network for network, _, _ in trained}
    board = tables.comparison(summaries, score_baselines(dataset))
    cards = tuple(card for _, card, _ in trained)
    return NetworkComparison(settings, (*notes, *progress.messages), dataset, board, networks, cards)


def _train_network(
    dataset: SequenceDataset, framing: Framing, settings: Settings
) -> tuple[TrainedNetwork, NetworkCard, dict[str, Any]]:
    """A trained network, its card and its row of the comparison."""
    from seqframe.networks.build import predict

    training, view = settings.training, training_view(dataset, framing)
    X, y = frame_arrays(view, framing, view.train)
    network, layers = init_spec(framing.make_spec(X, y, settings.model, len(dataset.train)), training.seed)
    card = make_card(network, layers, check_network(network, dataset, framing), dataset, framing)
    (run,) = fit_runs(network.spec, framing, [dataset], training, [training.seed], label=None)
    predictions, scores = evaluate(partial(predict, run.network), framing, dataset)
    summary = tables.summarize_run(framing.name, X, y, layers, run.history, predictions, scores)
    return TrainedNetwork(framing, run.network, run.history, predictions, scores), card, summary
