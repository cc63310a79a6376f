"""The compiled backend: the results of the TensorFlow loop, and the same bits alone and together."""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("numba")

from helpers.backtests import a_design, a_problem, a_task, a_training, a_walk, number
from seqframe.config import ModelSettings, TrainingSettings
from seqframe.evaluation.folds import make_folds
from seqframe.framings import FRAMINGS, Framing, find_framing
from seqframe.framings.dataset import make_network_spec, training_view
from seqframe.networks.build import init_network
from seqframe.networks.compiled.program import Program
from seqframe.networks.compiled.table import LANES
from seqframe.networks.kernel.machine_code import SIMD_VARIABLE, WIDTH
from seqframe.networks.recurrent_layers import GRU, LSTM
from seqframe.networks.spec import NetworkState
from seqframe.training import compiled, progress, together
from seqframe.training.checkpoint import CheckpointStore
from seqframe.training.events import EpochEnd, Message, TrainingHistory, subscribe, unsubscribe
from seqframe.training.losses import LossConfig
from seqframe.training.runs import FitJob, FittedRun, fit_runs, list_jobs, run_serially
from seqframe.training.trainer import train

STEPS, FEATURES, TARGETS, WINDOWS = 9, 2, 1, 13
SMALL, LARGE = {"units": 3}, {"units": 19}  # several networks in a vector, and one
sizes = pytest.mark.parametrize("size", [SMALL, LARGE], ids=["lanes", "wide"])
every_framing = pytest.mark.parametrize(
    "framing", [each for each in FRAMINGS if not each.stateful], ids=lambda framing: framing.name
)
OTHER_CELLS = ["gru", "simple_rnn"]


def with_sizes(*cells: str) -> pytest.MarkDecorator:
    """Every cell in both sizes. Code takes long to compile: the quick tests have the LSTM, and a GRU of few units."""
    quick = [("lstm", "lanes"), ("lstm", "wide"), ("gru", "lanes")]
    cases = [
        pytest.param(cell, size, id=f"{cell}-{name}", marks=[] if (cell, name) in quick else [pytest.mark.slow])
        for name, size in (("lanes", SMALL), ("wide", LARGE))
        for cell in cells
    ]
    return pytest.mark.parametrize(("cell", "size"), cases)


every_cell, other_cells = with_sizes("lstm", *OTHER_CELLS), with_sizes(*OTHER_CELLS)


def lanes_of(size: dict[str, int]) -> int:
    return LANES if size is SMALL else 1


def settings(**given: Any) -> TrainingSettings:
    usual = {"epochs": 8, "batch_size": 5, "learning_rate": 0.01, "seed": 3, "n_seeds": 1, "backend": "auto"}
    return TrainingSettings(**usual | given)


def problem(
    framing: Framing, training: TrainingSettings, steps: int = STEPS, **model: Any
) -> tuple[NetworkState, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    lookback = 1 if framing.name == "one_to_many" else steps
    X = framing.to_inputs(rng.normal(size=(WINDOWS, lookback, FEATURES)).astype(np.float32))
    y = framing.to_targets(rng.normal(size=(WINDOWS, steps, TARGETS)).astype(np.float32))
    spec = framing.make_spec(X, y, ModelSettings(**model), WINDOWS, quantiles=training.forecast_quantiles)
    return init_network(spec, 1), X, y


def compare(framing: Framing, training: TrainingSettings, rtol: float = 1e-4, atol: float = 2e-6, **model: Any) -> None:
    """Train with the compiled backend and with TensorFlow; validation data are the last windows."""
    network, X, y = problem(framing, training, **model)
    found, history = train(network, X, y, training, (X[-4:], y[-4:]))
    assert set(history.backends.values()) == {compiled.NAME}
    usual = training.model_copy(update={"backend": "tensorflow"})
    expected, expected_history = train(network, X, y, usual, (X[-4:], y[-4:]))
    assert set(expected_history.backends.values()) != {compiled.NAME}
    np.testing.assert_allclose(history.losses, expected_history.losses, rtol=rtol)
    np.testing.assert_allclose(history.validation_losses, expected_history.validation_losses, rtol=rtol)
    changed = 0.0
    for one, other, before in zip(found.weights, expected.weights, network.weights, strict=True):
        np.testing.assert_allclose(one, other, rtol=rtol, atol=atol)
        changed = max(changed, float(np.abs(one - before).max()))
    assert changed > 1e-3


@sizes
@every_framing
def test_one_update_equals_tensorflows(framing: Framing, size: dict[str, int]) -> None:
    """Without Adam, which divides by gradients, however small they are: an update is the gradient."""
    training = settings(epochs=1, batch_size="full", optimizer="sgd", learning_rate=1.0)
    compare(framing, training, rtol=1e-6, atol=2e-7, **size)


@other_cells
@pytest.mark.parametrize("name", ["many_to_many", "encoder_decoder"])
@pytest.mark.parametrize("bidirectional", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_one_update_of_other_cells_equals_tensorflows(
    bidirectional: bool, name: str, cell: str, size: dict[str, int]
) -> None:
    """With stacked layers, and half of the gradient, since a SimpleRNN has larger ones than an LSTM."""
    training = settings(epochs=1, batch_size="full", optimizer="sgd", learning_rate=0.5)
    hidden = [size["units"], size["units"] + 1]
    model = {**size, "hidden_sizes": hidden, "cell": cell, "bidirectional": bidirectional}
    assert Program(problem(find_framing(name), training, **model)[0].spec, WINDOWS).lanes == lanes_of(size)
    compare(find_framing(name), training, rtol=1e-6, atol=2e-7, **model)


@sizes
@every_framing
def test_a_short_training_with_dropout_and_shuffled_samples(framing: Framing, size: dict[str, int]) -> None:
    compare(framing, settings(shuffle=True, patience=4), dropout=0.3, **size)


@every_cell
@pytest.mark.parametrize("steps", [1, 5])
def test_few_steps_with_dropout(steps: int, cell: str, size: dict[str, int]) -> None:
    """Keras' own LSTM draws as many masks as ours."""
    compare(find_framing("many_to_one"), settings(), steps=steps, dropout=0.3, cell=cell, **size)


@pytest.mark.slow
@every_cell
@pytest.mark.parametrize("name", ["many_to_one", "encoder_decoder", "pyramid"])
def test_bidirectional_stacked_layers(name: str, cell: str, size: dict[str, int]) -> None:
    """Adam divides by small gradients, which magnifies rounding: the cells with larger gradients are updated by SGD."""
    model = {**size, "hidden_sizes": [size["units"], size["units"] + 1], "cell": cell, "bidirectional": True}
    given = {} if cell == "lstm" else {"optimizer": "sgd"}
    compare(find_framing(name), settings(shuffle=True, **given), dropout=0.2, **model)


@sizes
@pytest.mark.parametrize(
    "given",
    [
        {"loss": "mae"},
        {"loss": "huber", "huber_delta": 0.3},
        {"loss": "quantile"},
        {"optimizer": "sgd"},
        {"optimizer": "sgd", "momentum": 0.9},
        {"optimizer": "rmsprop"},
        {"optimizer": "adamw"},
        {"optimizer": "adamw", "weight_decay": 0.1},
        {"clipnorm": 0.01},
        {"lr_schedule": "cosine"},
        {"lr_schedule": "step", "lr_decay_epochs": 3},
    ],
    ids=str,
)
def test_losses_optimizers_and_schedules(given: dict[str, Any], size: dict[str, int]) -> None:
    rate = 0.1 if given.get("optimizer") == "sgd" else 0.01
    compare(find_framing("many_to_many"), settings(learning_rate=rate, **given), **size)


@pytest.mark.parametrize(
    ("training", "model"),
    [
        ({"backend": "tensorflow"}, {}),
        ({}, {"recurrent_dropout": 0.1}),
        ({}, {"kernel_l2": 0.1}),
        ({"batch_size": "full"}, {"units": 512}),
    ],
    ids=["setting", "recurrent dropout", "penalty", "large"],
)
def test_tensorflow_trains_what_is_not_supported(training: dict[str, Any], model: dict[str, Any]) -> None:
    given = settings(epochs=1, **training)
    _, history = train(*problem(find_framing("many_to_one"), given, **SMALL | model), given)
    assert compiled.NAME not in history.backends.values()


def test_compiled_code_trains_samples_up_to_a_size(monkeypatch: pytest.MonkeyPatch) -> None:
    """TensorFlow streams larger ones."""
    given = settings(epochs=1)
    network, X, y = problem(find_framing("many_to_one"), given, **SMALL)
    names = []
    for size in (X.nbytes + y.nbytes, X.nbytes + y.nbytes - 1):
        monkeypatch.setattr(together, "MAX_COMPILED_BYTES", size)
        _, history = train(network, X, y, given)
        names.append(set(history.backends.values()))
    assert names[0] == {compiled.NAME}
    assert compiled.NAME not in names[1]


def test_tensorflow_trains_networks_with_several_kinds_of_cells() -> None:
    network, X, y = problem(find_framing("many_to_one"), settings(), **SMALL)
    mixed = replace(network.spec, body=(LSTM(3, return_sequences=True), GRU(3)))
    _, history = train(init_network(mixed, 1), X, y, settings(epochs=1))
    assert compiled.NAME not in history.backends.values()


def test_tensorflow_trains_other_losses_and_without_numba(monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = (*problem(find_framing("many_to_one"), settings(), units=3), settings(epochs=1))
    import keras

    _, history = train(*arguments, loss=LossConfig("keras", keras_loss=keras.losses.LogCosh()))
    assert compiled.NAME not in history.backends.values()
    monkeypatch.setattr(compiled, "numba_available", lambda: False)
    _, history = train(*arguments)
    assert compiled.NAME not in history.backends.values()


def fit(seeds: Any, model: dict[str, Any], executor: Any = run_serially, **training: Any) -> list[FittedRun]:
    """Networks of two folds, with a skip connection and early stopping at different epochs."""
    return list(executor(jobs(seeds, model, **training)))


def jobs(seeds: Any, model: dict[str, Any], checkpoints: Any = None, **training: Any) -> list[FitJob]:
    framing, task = find_framing("many_to_one"), a_task(lookback=6, horizon=3)
    folds = make_folds(number(x=a_walk(200)), a_design(task, n_folds=2), a_problem())
    network = ModelSettings(dropout=0.2, linear_skip=True, **model)
    spec = make_network_spec(training_view(folds.newest, framing), framing, network)
    usual = {"epochs": 30, "batch_size": 8, "shuffle": True, "patience": 2, "backend": "auto"}
    given = a_training(**usual | training)
    return list(list_jobs(spec, framing, folds.datasets, given, seeds, checkpoints))


def assert_same(first: list[FittedRun], second: list[FittedRun]) -> None:
    assert [(run.fold, run.seed) for run in first] == [(run.fold, run.seed) for run in second]
    for one, other in zip(first, second, strict=True):
        assert one.history.losses == other.history.losses
        assert one.history.validation_losses == other.history.validation_losses
        for weights, others in zip(one.network.weights, other.network.weights, strict=True):
            np.testing.assert_array_equal(weights, others)


def seeds_of(size: dict[str, int]) -> range:
    """More seeds than lanes."""
    return range(LANES + 3) if size is SMALL else range(3)


@sizes
@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("seconds", [0.0, 1e9], ids=["one epoch a call", "all epochs in one call"])
def test_networks_have_the_same_bits_alone_and_together(
    size: dict[str, int], threads: int, seconds: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    check_bits_alone_and_together(size, "lstm", threads, seconds, monkeypatch)


@other_cells
def test_networks_of_other_cells_have_the_same_bits_alone_and_together(
    size: dict[str, int], cell: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    check_bits_alone_and_together(size, cell, 3, 0.0, monkeypatch)


def check_bits_alone_and_together(
    size: dict[str, int], cell: str, threads: int, seconds: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    seeds, model = seeds_of(size), {**size, "cell": cell}
    alone = [job.run() for job in jobs(seeds, model)]
    monkeypatch.setattr(compiled, "threads", ThreadPoolExecutor(threads))
    monkeypatch.setattr(progress, "REPORT_EVERY_S", seconds)
    together = fit(seeds, model)
    assert_same(together, alone)
    lengths = {len(run.history.losses) for run in alone}
    assert len(lengths) > 1, "they stop at different epochs"
    assert max(lengths) < 30
    assert all(set(run.history.backends.values()) == {compiled.NAME} for run in together)


def test_a_group_is_trained_together(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    run = compiled.CompiledTrainer.run

    def watch(self: Any, group: Any, epochs: int) -> Any:
        seen.append(len(group))
        return run(self, group, epochs)

    monkeypatch.setattr(compiled.CompiledTrainer, "run", watch)
    fit(range(5), SMALL, epochs=2)
    assert set(seen) == {5}
    by_one = [replace(job, label="") for job in jobs(range(2), SMALL)]
    assert by_one[0].differs_in_seed(by_one[1])
    assert not by_one[0].differs_in_seed(by_one[2]), "another fold"


def test_seconds_of_a_group_are_shared() -> None:
    runs = fit(range(4), SMALL, patience=None)
    assert all(run.history.seconds > 0 for run in runs)
    assert len({run.history.seconds for run in runs[:4]}) == 1


class CutOffError(BaseException):
    pass


@every_cell
def test_a_group_resumes_from_the_checkpoints_of_its_networks(
    size: dict[str, int], cell: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One has stopped, the others have not; a second interruption leaves them at different epochs."""
    monkeypatch.setattr(progress, "REPORT_EVERY_S", 0.0)  # one epoch a call
    seeds, model = seeds_of(size), {**size, "cell": cell}
    given = {"patience": 3 if cell == "simple_rnn" else 2}  # so that lengths differ
    store = CheckpointStore(tmp_path / "many")
    expected = fit(seeds, model, **given)
    lengths = [len(run.history.losses) for run in expected]
    assert min(lengths) < 4 < max(lengths)
    left = [2, 3, max(lengths)]

    def interrupt(event: Any) -> None:
        if isinstance(event, EpochEnd) and event.losses and left and event.last >= left[0]:
            left.pop(0)
            raise CutOffError
        messages.extend([event.text] if isinstance(event, Message) else [])

    messages: list[str] = []
    subscribe(interrupt)
    try:
        for _ in range(len(left)):
            with pytest.raises(CutOffError):
                run_list(jobs(seeds, model, store, checkpoint_every_s=0.0, **given))
        found = run_list(jobs(seeds, model, store, checkpoint_every_s=0.0, **given))
    finally:
        unsubscribe(interrupt)
        store.delete()
    assert_same(found, expected)
    assert any("resuming at epoch" in text for text in messages)


def run_list(given: list[FitJob]) -> list[FittedRun]:
    return list(run_serially(given))


def test_every_epoch_of_each_network_is_announced_once() -> None:
    events: list[Any] = []
    subscribe(events.append)
    try:
        runs = fit(range(3), SMALL)
    finally:
        unsubscribe(events.append)
    by_label: dict[str, list[EpochEnd]] = {}
    for event in events:
        by_label.setdefault(event.label, []).append(event)
    assert len(by_label) == len(runs) == 6
    for run, label in zip(runs, sorted(by_label), strict=True):
        losses = sum((event.losses for event in by_label[label]), ())
        assert losses == run.history.losses
        assert [event.ended for event in by_label[label]].count(True) == 1


def test_diverging_networks_do_not_disturb_others() -> None:
    """One lane has infinite weights: the others have the bits of a training without it."""
    framing, training = find_framing("many_to_one"), settings(epochs=4)
    network, X, y = problem(framing, training, **SMALL)
    wild = NetworkState(network.spec, tuple(weights * np.float32(1e30) for weights in network.weights))
    config = compiled.LoopConfig(False, 0, False)
    made = compiled.CompiledTrainer(network.spec, config, training, (X, y), None)
    both, alone = made.networks([wild, network], [0, 1]), made.networks([network], [1])
    with np.errstate(all="ignore"):
        results = made.run(both, 4)
    assert results[1] == made.run(alone, 4)[0]
    assert not np.isfinite(results[0][0]).all()


def test_history_names_the_loss() -> None:
    arguments = (*problem(find_framing("many_to_one"), settings(), **SMALL), settings(epochs=1, loss="mae"))
    history: TrainingHistory = train(*arguments)[1]
    assert history.loss == "mean absolute error in scaled units"


def test_fit_runs_yields_folds_and_seeds_in_order() -> None:
    given = jobs([4, 1], SMALL, epochs=2)
    datasets = list({id(job.dataset): job.dataset for job in given}.values())
    runs = fit_runs(given[0].spec, given[0].framing, datasets, given[0].training, [4, 1])  # type: ignore[arg-type]
    assert [(run.fold, run.seed) for run in runs] == [(1, 4), (1, 1), (2, 4), (2, 1)]


def losses_in_a_process(folder: Path, simd: str, *networks: str) -> list[float]:
    """The last losses of networks, as `cell units` each, trained in a process with a cache of its own."""
    code = (
        "import sys, numpy as np;"
        "from seqframe.config import ModelSettings, TrainingSettings; from seqframe.framings import find_framing;"
        "from seqframe.networks.build import init_network; from seqframe.training.trainer import train;"
        "X, y = np.ones((4, 3, 1), np.float32), np.ones((4, 3), np.float32);"
        "options = TrainingSettings(epochs=2, batch_size=2, learning_rate=0.1, seed=1, n_seeds=1, backend='auto');"
        "models = [ModelSettings(cell=cell, units=int(units)) for cell, units in map(str.split, sys.argv[1:])];"
        "specs = [find_framing('many_to_one').make_spec(X, y, model, 4) for model in models];"
        "print([train(init_network(spec, seed=1), X, y, options)[1].losses[-1] for spec in specs])"
    )
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(folder), SIMD_VARIABLE: simd}
    command = [sys.executable, "-c", code, *networks]
    printed = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    found: list[float] = json.loads(printed.splitlines()[-1])
    return found


@pytest.mark.slow
@pytest.mark.parametrize(
    "networks", [["lstm 3", "lstm 64"], ["lstm 64", "gru 64", "simple_rnn 64"], ["gru 3", "simple_rnn 3"]], ids=str
)
def test_code_for_several_kinds_of_networks_is_loaded_together_from_the_cache(
    networks: list[str], tmp_path: Path
) -> None:
    """Each is compiled in a process of its own, where functions have the same numbers."""
    apart = [losses_in_a_process(tmp_path, "auto", network)[0] for network in networks]
    assert len(set(apart)) == len(networks)
    assert losses_in_a_process(tmp_path, "auto", *networks) == apart


@pytest.mark.slow
@pytest.mark.skipif(WIDTH == 8, reason="this processor has no AVX-512")
@pytest.mark.parametrize("cell", OTHER_CELLS)
def test_the_width_of_the_vectors_does_not_change_a_bit(cell: str, tmp_path: Path) -> None:
    """With code for AVX2 and for AVX-512; units that fill no vector of either."""
    found = [losses_in_a_process(tmp_path, simd, f"{cell} 21") for simd in ("avx2", "auto")]
    assert found[0] == found[1]
