"""The Python API: the numbers of the pipelines, from data in memory or in files, silent, in any folder."""

import re
import subprocess
import sys
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from matplotlib.figure import Figure

import seqframe as sf
from conftest import ROOT, kedro_environment
from helpers.backtests import a_season
from helpers.labels import make_sequences, write_sequences
from seqframe.api.arguments import group_keywords, make_settings, plain_value
from seqframe.api.inputs import read_input
from seqframe.api.progress import Progress
from seqframe.config import CsvSettings, parse_settings
from seqframe.settings import CONFIG_LOADER_ARGS, LayeredConfigLoader
from seqframe.training.events import EpochEnd, Message, emit

COSTS = ["training_s", "forecast_ms", "memory_mb"]
FEW = {"lookback": 8, "horizon": 8, "units": 3, "epochs": 2, "n_seeds": 2, "n_folds": 1}
FEW_LABELS = {"units": 3, "epochs": 3, "n_seeds": 2, "learning_rate": 0.05, "batch_size": 8}

DAYS = pd.date_range("2024-01-01", periods=9)
NUMBERS = pd.DataFrame({"x": np.arange(9.0)}, DAYS)

Run = Callable[..., dict[str, Any]]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """One series of numbers without times."""
    path = tmp_path / "mine.csv"
    noise = np.random.default_rng(0).normal(0, 0.1, 120)
    pd.DataFrame({"x": a_season(120) + noise, "z": noise}).to_csv(path, index=False)
    return path


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def assert_saved(table: pd.DataFrame, saved: pd.DataFrame) -> None:
    """Check that a table has exactly the values that a pipeline has saved, without times and memory."""
    again = pd.read_csv(StringIO(table.to_csv(index=False)))  # floats are written with all digits
    pd.testing.assert_frame_equal(
        again.drop(columns=COSTS, errors="ignore"), saved.drop(columns=COSTS, errors="ignore"), check_exact=True
    )


def test_public_names_are_importable_and_typed() -> None:
    assert {name for name in sf.__all__ if getattr(sf, name, None) is None} == set()
    stub = (ROOT / "src" / "seqframe" / "__init__.pyi").read_text()
    assert [name for name in sf.PUBLIC if f"import {name} as {name}\n" not in stub] == []
    assert set(sf.__all__) <= set(dir(sf))
    with pytest.raises(AttributeError, match="no attribute 'compares'"):
        sf.compares  # noqa: B018


def test_importing_it_imports_nothing_else() -> None:
    code = "import sys, seqframe; print([n for n in ('pandas', 'numpy', 'kedro', 'tensorflow') if n in sys.modules])"
    completed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert completed.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("given", "env"),
    [
        ({}, None),
        ({"data": {"path": "x.csv"}}, None),
        ({"data": {"path": "x.csv"}, "task": {"kind": "classify"}}, None),
        ({"task": {"kind": "label"}, "training": {"epochs": 3}}, None),
        ({"data": {"path": "x.csv"}, "task": {"kind": "next_step"}}, None),
    ],
)
def test_kedro_run_has_the_same_defaults(given: dict[str, Any], env: str | None) -> None:
    loader = LayeredConfigLoader(str(ROOT / "conf"), env, runtime_params=given, **CONFIG_LOADER_ARGS)
    assert make_settings(given) == parse_settings(loader["parameters"])


def test_the_pipeline_of_forecasts_has_the_same_leaderboard(run_pipeline: Run, table: Path, elsewhere: Path) -> None:
    df = pd.read_csv(table)
    result = sf.compare(df, "x", framings=["one_to_one", "dense"], progress=False, **FEW)
    assert list(elsewhere.iterdir()) == []
    by_group = {
        "data": {"path": str(table), "target": "x"},
        "task": {"lookback": 8, "horizon": 8},
        "model": {"units": 3},
        "training": {"epochs": 2, "n_seeds": 2},
        "backtest": {"n_folds": 1, "framings": ["one_to_one", "dense"]},
    }
    expected = run_pipeline("compare", **by_group)
    assert_saved(result.leaderboard, expected["leaderboard"].load())
    assert_saved(result.errors_by_horizon, expected["errors_by_horizon"].load())
    assert result.conclusion == expected["conclusion_text"].load()
    future = expected["future"].load()
    forecast = result.best.forecast(df)
    assert list(forecast) == list(future)
    np.testing.assert_array_equal(forecast[["x", "x_low", "x_high"]], future[["x", "x_low", "x_high"]])


def test_the_pipeline_of_labels_has_the_same_leaderboard(run_pipeline: Run, tmp_path: Path, elsewhere: Path) -> None:
    path = write_sequences(tmp_path / "labels.csv")
    result = sf.classify(path, id="id", target="label", framings="many_to_one", progress=False, **FEW_LABELS)
    assert list(elsewhere.iterdir()) == []
    by_group = {
        "data": {"path": str(path), "id_column": "id", "target": "label"},
        "task": {"kind": "classify"},
        "model": {"units": 3},
        "training": {"epochs": 3, "n_seeds": 2, "learning_rate": 0.05, "batch_size": 8},
        "backtest": {"framings": ["many_to_one"]},
    }
    expected = run_pipeline("compare", **by_group)
    assert_saved(result.leaderboard, expected["leaderboard"].load())
    assert result.conclusion == expected["conclusion_text"].load()
    assert_saved(result.scores_by_class, expected["scores_by_class"].load())


def test_the_pipeline_of_generated_sequences_has_the_same_comparison(run_pipeline: Run) -> None:
    result = sf.compare(epochs=5, framings=["one_to_one", "encoder_decoder"], progress=False)
    expected = run_pipeline("compare", training={"epochs": 5}, backtest={"framings": ["one_to_one", "encoder_decoder"]})
    assert_saved(result.leaderboard, expected["comparison"].load())
    assert result.conclusion == expected["conclusion_text"].load()


def test_everything_of_a_forecast(
    table: Path, elsewhere: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    df = pd.read_csv(table)
    before = df.copy()
    result = sf.compare(df, "x", framings=["dense"], progress=False, refit="dense", **FEW)
    captured = capfd.readouterr()
    assert (captured.out, captured.err) == ("", "")
    pd.testing.assert_frame_equal(df, before)
    assert list(elsewhere.iterdir()) == []
    assert any(note.startswith("target: x") for note in result.notes)
    assert all(isinstance(result.plot(kind), Figure) for kind in result.kinds)
    assert isinstance(result.plot(), Figure)
    report = result.report(elsewhere / "sub" / "report.html")
    assert "<html" in report.read_text()
    assert "dense (ensemble of 2)" in repr(result)
    assert max(map(len, repr(result).partition("\n\n")[0].splitlines())) <= 120
    assert "<table" in result._repr_html_()
    assert list(result.test_forecasts("dense")["horizon_step"].unique()) == list(range(1, 9))
    dense = next(framing for framing in sf.FRAMINGS if framing.name == "dense")
    assert result.test_forecasts(dense).equals(result.test_forecasts("dense"))
    assert result.skipped.empty or set(result.skipped) == {"framing", "reason"}
    forecast = result.best.forecast(df)
    result.best.save("model")
    loaded = sf.load_forecaster("model")
    pd.testing.assert_frame_equal(loaded.forecast(df), forecast)
    pd.testing.assert_frame_equal(loaded.forecast(table), forecast)
    with pytest.raises(sf.UserError, match="The data must be a DataFrame, .* Received: NoneType."):
        loaded.forecast(None)
    assert "dense" in repr(loaded)


def test_the_pipeline_of_sweeps_has_the_same_trials(run_pipeline: Run, table: Path, elsewhere: Path) -> None:
    pytest.importorskip("optuna")
    space = {"units": [2, 3], "task.lookback": {"low": 8, "high": 16, "step": 8}}
    few = {name: value for name, value in FEW.items() if name not in ("units", "lookback")}
    result = sf.sweep(table, space, "x", n_trials=3, batch=2, progress=False, features=["x"], **few)
    pipeline = run_pipeline(
        "sweep",
        data={"path": str(table), "target": "x", "features": ["x"]},
        task={"horizon": 8},
        training={"epochs": 2, "n_seeds": 2},
        backtest={"n_folds": 1},
        sweep={"space": {"model.units": [2, 3], "task.lookback": space["task.lookback"]}, "n_trials": 3, "batch": 2},
    )
    assert_saved(result.trials.drop(columns="seconds"), pipeline["trials"].load().drop(columns="seconds"))
    assert_saved(result.leaderboard, pipeline["leaderboard"].load())
    assert result.conclusion.splitlines()[0] == pipeline["conclusion_text"].load().splitlines()[0]
    assert len(result.best.forecast(pd.read_csv(table))) == 8
    assert f"model.units={result.values['model.units']}" in repr(result)
    assert not list(elsewhere.iterdir())


def test_series_by_name_are_a_panel() -> None:
    days = pd.date_range("2024-01-01", periods=80, freq="D")
    waves = {name: pd.Series(a_season(80) + shift, days) for shift, name in enumerate(["north", "south"])}
    result = sf.compare(waves, framings=["dense"], progress=False, **FEW)
    forecast = result.best.forecast(pd.concat(waves, names=["series", "time"]).rename("value").reset_index())
    pd.testing.assert_frame_equal(result.best.forecast(waves), forecast)
    assert forecast["series"].tolist() == ["north"] * 8 + ["south"] * 8
    assert forecast["time"].min() == pd.Timestamp("2024-03-21")


def test_labels_of_arrays(elsewhere: Path) -> None:
    sequences = make_sequences(tuple(np.random.default_rng(0).integers(2, 6, 36)))
    ends = np.cumsum(sequences.lengths)[:-1]
    arrays, labels = np.split(sequences.values, ends), [sequences.classes[code] for code in sequences.labels[:, 0]]
    result = sf.classify(arrays, labels, framings=["many_to_one"], progress=False, **FEW_LABELS)
    predicted = result.best.predict(sf.sequence_table(arrays[:3]))
    assert predicted["label"].isin(labels).all()
    assert [name for name in predicted if name.startswith("p_")] == ["p_a", "p_b", "p_c"]
    result.best.save("classifier")
    pd.testing.assert_frame_equal(
        sf.load_classifier("classifier").predict(sf.sequence_table(arrays[:3])), predicted, rtol=1e-6
    )
    with pytest.raises(sf.UserError, match=r"A model of forecasts is needed\..* Load it with `load_classifier`\."):
        sf.load_forecaster("classifier")
    assert isinstance(result.plot(), Figure)
    assert "<html" in result.report("labels.html").read_text()


def test_labels_of_steps() -> None:
    sequences = make_sequences((4,) * 30, per_step=True)
    labels = sequences.labels[:, 0].reshape(30, 4)
    arrays = sequences.values.reshape(30, 4, 2)
    result = sf.label(arrays, labels, framings=["many_to_many"], progress=False, **FEW_LABELS)
    predicted = result.best.predict(sf.sequence_table(arrays[:2]))
    assert predicted["step"].tolist() == [1, 2, 3, 4] * 2


def test_windows_of_two_columns() -> None:
    df = pd.DataFrame({"load": np.arange(10.0), "heat": np.arange(10.0) * 10})
    X, y = sf.frame(df, "many_to_one", target="load", features=["load", "heat"], lookback=4, horizon=2)
    assert (X.shape, y.shape) == ((5, 4, 2), (5, 2))
    assert X[1, :, 1].tolist() == [10, 20, 30, 40]
    assert y[1].tolist() == [5, 6]


def test_windows_of_many_to_many_are_the_rows_ahead() -> None:
    X, y = sf.frame(np.arange(60.0), framing="many_to_many", lookback=24, horizon=24)
    assert X.shape == y.shape == (13, 24, 1)
    np.testing.assert_array_equal(y, X + 24)
    X, y = sf.frame(np.arange(60.0), "many_to_many", lookback=24, task="next_step")
    np.testing.assert_array_equal(y, X + 1)


def test_windows_may_be_scaled() -> None:
    X, _ = sf.frame(np.arange(60.0), "dense", lookback=4, horizon=1, scaler="minmax")
    assert (X.min(), X.max()) == (0, np.float32(58 / 59))


def test_windows_do_not_cross_gaps_and_series() -> None:
    df = pd.DataFrame({"id": list("aaaabbbb"), "t": [*range(4), *range(4)], "x": np.arange(8.0)})
    X, _ = sf.frame(df, "many_to_one", target="x", id="id", time="t", lookback=2, horizon=1)
    assert X[..., 0].tolist() == [[0, 1], [1, 2], [4, 5], [5, 6]]


def test_a_description_agrees_with_keras() -> None:
    from seqframe.networks.build import build_network

    for framing in sf.FRAMINGS:
        lengths = {"lookback": 1, "horizon": 6} if framing.name == "one_to_many" else {"lookback": 6}
        described = sf.describe(framing.name, features=2, targets=2, units=4, **lengths)
        _, counts = build_network(described.spec, seed=0)
        assert described.parameters == sum(counts.values()) == described.layers["parameters"].sum()
        assert framing.name in described.causality
        assert described.diagram.startswith("<svg")
        assert "<table" in described._repr_html_()
        assert described.dependency["output"].tolist() == list(range(1, 7))
    assert isinstance(described.plot(), Figure)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: sf.compare(framings=["dens"]), "`backtest.framings` must name a framing. Received: dens."),
        (lambda: sf.compare(epoch=3), "Unknown setting `epoch`. Did you mean `training.epochs`?"),
        (lambda: sf.compare(epochs=0), "`training.epochs` must be"),
        (lambda: sf.compare("no.csv"), "`data.path` must name a file that exists. Received: no.csv."),
        (lambda: sf.compare({}), "Received: an empty dict."),
        (lambda: sf.compare(3), "Received: int."),
        (lambda: sf.compare(["a", "b"]), "Received: list."),
        (lambda: sf.compare([[1.0, 2.0], [3.0]]), "Received: list."),
        (lambda: sf.compare(np.ones((3, 4, 2))), "Received: ndarray of shape (3, 4, 2) and type float64."),
        (lambda: sf.compare(np.ma.masked_equal(np.arange(9.0), 2)), "missing values in 1 of 9 rows"),
        (lambda: sf.compare(pd.DataFrame({"x": [[1, 2]] * 9}), "x"), "must hold numbers. Received: '[1, 2]' in row 1"),
        (lambda: sf.compare(pd.Series([1j] * 9)), "must hold numbers. Received: '1j' in row 1"),
        (lambda: sf.compare(pd.DataFrame({"x": [1.0]}, pd.Index([2.0], name="x"))), "DataFrame with 2 columns x."),
        (lambda: sf.compare(pd.concat({"a": NUMBERS, "b": NUMBERS})), "Set data.id_column=level_0"),
        (lambda: sf.compare([1.0], csv={"sepp": ";"}), "Unknown setting `data.csv.sepp`. Did you mean"),
        (lambda: sf.compare(units=3, model={"units": 4}), "Received: two values of `model.units`."),
        (lambda: sf.compare(pd.DataFrame({"x": [1.0] * 40}), "y"), "DataFrame"),
        (lambda: sf.frame(np.arange(9.0), "many_to_many", lookback=2, horizon=3), "must be equal"),
        (lambda: sf.frame(np.arange(9.0), "dense", horizon=3), "need `lookback` and `horizon`"),
        (lambda: sf.frame(np.arange(9.0), "dense", lookback=3, task="label"), "must predict numbers"),
        (lambda: sf.frame(np.arange(9.0), "dens"), "`framing` must name a framing. Received: dens."),
        (lambda: sf.describe("dense", lookback=None), "`lookback` must be a whole number >= 1. Received: None."),
        (lambda: sf.describe("dense", features=0), "`features` must be a whole number >= 1. Received: 0."),
        (lambda: sf.describe("dense", targets="x"), "`targets` must be a whole number >= 1. Received: 'x'."),
        (lambda: sf.describe("dense", task="label"), "must predict numbers"),
        (lambda: sf.compare([1.0], path="x.csv"), "Received: data and path='x.csv'. Remove one of them."),
        (lambda: sf.describe("one_to_many", lookback=3, horizon=3), "must be 1"),
        (lambda: sf.classify([[1.0], [2.0]], ["a"]), "2 sequences, 1 labels"),
        (lambda: sf.classify([[1.0], [2.0]], ["a", "b"], loss=abs), "A loss of your own applies to forecasts"),
        (lambda: sf.compare(task="label", loss=abs), "A loss of your own applies to forecasts"),
        (lambda: sf.classify([], []), "no sequences"),
        (lambda: sf.classify([[1.0], [2.0]]), "A list of arrays needs `labels`"),
        (lambda: sf.classify([[1.0], [2.0]], {0: "a", 1: "b"}), "`labels` of arrays must be a list"),
        (lambda: sf.classify(NUMBERS, list("a" * 9)), "Received: DataFrame. A table has its labels in a column"),
        (lambda: sf.classify([[1.0], [[2.0], 1]], ["a", "b"]), "Received: sequence 1 of shape ()."),
        (lambda: sf.classify(np.ma.masked_equal([[1, 2], [3, 4]], 2), ["a", "b"]), "a missing value in step 2"),
        (lambda: sf.classify([[1, 1]] * 4, ["a", "b"] * 2), "with sequence, step, x0 (constant), label."),
        (lambda: sf.classify([[1, 2]] * 4, [None] * 4), "4 sequences, all with no label"),
        (lambda: sf.classify([[1.0], []], ["a", "b"]), "sequence 1 of shape (0,)"),
        (lambda: sf.classify([[[1.0]], [[1.0, 2.0]]], ["a", "b"]), "Received: [1, 2]"),
        (lambda: sf.label([[1.0, 2.0]], [["a"]]), "sequence 0 with 2 steps and labels of shape (1,)"),
        (lambda: sf.load_forecaster("nowhere"), "Received: none in nowhere."),
    ],
)
def test_mistakes_are_one_line(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(sf.UserError) as caught:
        call()
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_unknown_figure_and_framing_are_one_line() -> None:
    result = sf.compare(framings=["dense"], epochs=2, progress=False)
    with pytest.raises(sf.UserError, match="Received: 'loss'. Did you mean losses?"):
        result.plot("loss")
    assert result.kinds == ("losses", "predictions of dense")
    assert all(isinstance(result.plot(kind), Figure) for kind in result.kinds)


def test_the_best_network_is_a_keras_model(elsewhere: Path) -> None:
    import keras

    result = sf.compare(framings=["dense", "many_to_one"], epochs=30, progress=False)
    board = result.leaderboard.set_index("framing")
    assert result.best.framing.name == board.loc[["dense", "many_to_one"], "test_mae"].idxmin()
    result.best.save("best.keras")
    X, _ = sf.frame(np.arange(5) / 5, result.best.framing, lookback=5)
    predicted = keras.models.load_model("best.keras").predict(X, verbose=0)
    expected = result.best.predictions.query("split == 'train'")["prediction"]
    np.testing.assert_allclose(predicted.ravel(), expected, rtol=1e-5)


def test_a_loss_of_your_own(table: Path) -> None:
    import keras

    def squared(y_true: Any, y_pred: Any) -> Any:
        return keras.ops.mean(keras.ops.square(y_true - y_pred), axis=-1)

    given = {"framings": ["dense", "many_to_one"], "n_seeds": 1, "progress": False, "linear_skip": False}
    few = FEW | given | {"backend": "tensorflow"}
    boards = [
        sf.compare(table, "x", loss=loss, **few).leaderboard.drop(columns=COSTS, errors="ignore")
        for loss in ("mse", keras.losses.MeanSquaredError, squared, "mae")
    ]
    pd.testing.assert_frame_equal(boards[0], boards[1], check_exact=True)
    pd.testing.assert_frame_equal(boards[0], boards[2], check_exact=True)
    assert not boards[0].equals(boards[3])


@pytest.mark.parametrize(
    ("keywords", "expected"),
    [
        ({"seed": 3, "time": "t"}, {"training": {"seed": 3}, "data": {"time_column": "t"}}),
        ({"task": "label"}, {"task": {"kind": "label"}}),
        ({"task": {"kind": "label"}, "training.epochs": 2}, {"task": {"kind": "label"}, "training": {"epochs": 2}}),
        ({"sep": ";", "csv": {"decimal": ","}}, {"data": {"csv": {"sep": ";", "decimal": ","}}}),
        ({"epochs": {"dense": 3, "default": 2}}, {"training": {"epochs": {"dense": 3, "default": 2}}}),
        ({"nothing": 1}, {"nothing": 1}),
    ],
)
def test_keywords_are_settings(keywords: dict[str, Any], expected: dict[str, Any]) -> None:
    assert group_keywords(keywords) == expected


def test_values_are_plain() -> None:
    assert plain_value([{"b", "a", "c"}, pd.Index(["b", "a"])]) == [["a", "b", "c"], ["b", "a"]]
    assert plain_value([np.float64(0.5), pd.Timestamp("2020-01-02"), sf.FRAMINGS[0]]) == [
        0.5,
        "2020-01-02 00:00:00",
        "one_to_one",
    ]


def test_tables_in_memory() -> None:
    csv = CsvSettings()
    assert list(read_input(pd.Series([1.0, 2.0], name="load"), csv).raw.columns) == ["load"]
    assert list(read_input(np.ones((3, 2)), csv).raw.columns) == ["x0", "x1"]
    panel = read_input({"a": [1.0], "b": pd.DataFrame({"value": [2.0]})}, csv)
    assert panel.raw.columns.to_dict("list") == {"value": [1.0, 2.0], "series": ["a", "b"]}
    assert panel.implied == {"id_column": "series"}
    wide = read_input(dict(pd.DataFrame({"a": [1.0], "b": [2.0]}).items()), csv)
    assert wide.raw.columns.to_dict("list") == {"value": [1.0, 2.0], "series": ["a", "b"]}
    assert read_input({("a", 1): [1.0]}, csv).raw.columns["series"].tolist() == ["('a', 1)"]
    assert read_input([1.0, None], csv).raw.parse("value").values.tolist() == [1.0, pytest.approx(np.nan, nan_ok=True)]


@pytest.mark.parametrize(
    "data",
    [
        NUMBERS.set_axis(DAYS.to_period("D"))[::-1],
        NUMBERS.set_axis(DAYS.astype(str))[::-1],
        NUMBERS.set_axis(DAYS.tz_localize("UTC"))[::-1],
        NUMBERS.assign(day=DAYS).set_index("day", drop=False)[::-1],
        NUMBERS.assign(tags=[["a", "b"]] * 9),
        NUMBERS.assign(tags=pd.Series([["a"]] * 9, DAYS, pd.ArrowDtype(pa.list_(pa.string())))),
        {"a": NUMBERS["x"].iloc[::-1].set_axis(DAYS.to_period("D")[::-1])},
    ],
    ids=["periods", "text", "time zone", "a column and the index", "lists", "Arrow lists", "a dict of periods"],
)
def test_rows_of_a_frame_are_in_the_order_of_their_times(data: Any, recwarn: pytest.WarningsRecorder) -> None:
    X, y = sf.frame(data, "dense", target="x", lookback=4, horizon=1)
    assert (X[0, :, 0].tolist(), y[:, 0].tolist()) == ([0, 1, 2, 3], [4, 5, 6, 7, 8])
    assert not recwarn.list


class Terminal:
    """A stream that is a terminal or a file."""

    def __init__(self, is_terminal: bool) -> None:
        self.text, self._is_terminal = "", is_terminal

    def write(self, text: str) -> None:
        self.text += text

    def flush(self) -> None:
        pass

    def isatty(self) -> bool:
        return self._is_terminal


def events() -> None:
    emit(EpochEnd("dense", "seed 1 of 2", (0.5,), 1, 1, ended=True))
    emit(EpochEnd("dense", "seed 2 of 2", (0.25,), 1, 1, ended=True))
    emit(Message("Refitting dense."))


def test_progress_in_a_log_and_in_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    log, terminal = Terminal(False), Terminal(True)
    with Progress(stream=log) as progress:
        progress.total = 4
        events()
    assert re.fullmatch(r"1/4 networks · dense\nTrained 2 networks in \d+ s\.\n", log.text)
    assert progress.messages == ["Refitting dense."]
    with Progress(stream=terminal) as progress:
        progress.total = 4
        events()
    assert "\r2/4 networks · dense, seed 2 of 2 · epoch 1/1 · loss 0.25" in terminal.text
    assert re.search(r"\rTrained 2 networks in \d+ s\.\n$", terminal.text)
    monkeypatch.setenv("COLUMNS", "20")
    with Progress(stream=terminal):
        events()
    assert "\r2 networks · dense,\r" in terminal.text
    events()  # nobody listens any more
    assert progress.messages == ["Refitting dense."]


def test_no_progress_is_no_output() -> None:
    stream = Terminal(True)
    with Progress(shown=False, stream=stream):
        events()
    assert stream.text == ""


def test_a_failure_ends_the_progress() -> None:
    stream = Terminal(False)
    with pytest.raises(RuntimeError), Progress(stream=stream):
        raise RuntimeError
    events()
    assert stream.text == ""


@pytest.mark.usefixtures("compiled_code")
def test_a_script_in_an_empty_folder_prints_its_own_output_only(table: Path, elsewhere: Path) -> None:
    code = (
        "import seqframe as sf\n"
        f"result = sf.compare({str(table)!r}, 'x', framings=['dense'], progress=False, **{FEW!r})\n"
        "print(len(result.leaderboard) > 3)"
    )
    completed = subprocess.run(
        [sys.executable, "-c", code], cwd=elsewhere, env=kedro_environment(), capture_output=True, text=True
    )
    assert (completed.stdout, completed.stderr) == ("True\n", "")
    assert list(elsewhere.iterdir()) == []
