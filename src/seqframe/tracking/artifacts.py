"""What is logged, under which name. The names are the same for every framing, so that MLflow lines their runs up.

MLflow's page of metrics has a section for what stands before the last `/` of a name, and sorts them by the alphabet.
"""

import re
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pandas as pd

from seqframe.evaluation.evaluate import Scores
from seqframe.tracking.records import File, ForecasterFiles, LogItem, Metrics, ModelFile, Tags

# What is logged of a backtest; see `seqframe.tracking.artifacts`.


def read_attempts(attempts: Any, _: dict[str, Any]) -> Iterator[LogItem]:
    """The losses of every network in every epoch, and what ran its layers."""
    points = [
        (f"{kind}/loss/fold_{attempt.fold}_seed_{attempt.seed}", float(loss), epoch)
        for attempt in attempts.each
        for kind, losses in (("train", attempt.history.losses), ("val", attempt.history.validation_losses))
        for epoch, loss in enumerate(losses, start=1)
    ]
    yield Metrics(tuple(points), int(time.time() * 1000))
    yield Tags({f"kernel.{layer}": engine for layer, engine in attempts.each[0].history.backends.items()})


def read_kept(kept: Any, _: dict[str, Any]) -> Iterator[LogItem]:
    """The files of the forecaster, and an example of what it is asked and answers."""
    with tempfile.TemporaryDirectory() as folder:
        kept.forecaster.save(Path(folder))
        files = {path.name: path.read_bytes() for path in sorted(Path(folder).iterdir())}
    config, answer = kept.forecaster.config, kept.forecaster.forecast(kept.history)
    yield ForecasterFiles(files, kept.history, answer, config.about, config.card)
    yield Tags({"refitted": config.framing})


def read_verdict(verdict: Any, _: dict[str, Any]) -> Iterator[LogItem]:
    """What the leaderboard means."""
    yield Tags(
        {
            "best": verdict.model,
            "beats_baseline": str(verdict.beats_baseline),
            "conclusion": " ".join(verdict.sentences),
        }
    )


FORBIDDEN = re.compile(r"[^\w\-. :/]")  # in names of metrics, by MLflow
COSTS = {  # of a backtest, by the names that its summary gives them
    "training_s": "time/training_s",
    "forecast_ms": "time/forecast_ms",
    "epochs": "time/epochs",
    "memory_mb": "memory/peak_mb",
}


def log_items(inputs: dict[str, Any], outputs: dict[str, Any]) -> tuple[LogItem, ...]:
    """What a node gave, each dataset as `READERS` says; what is not named there is not for MLflow."""
    contents: list[LogItem] = []
    for name, value in outputs.items():
        reader = READERS.get(name.rpartition(".")[2])
        if reader is not None:
            contents += reader(value, inputs)
    return tuple(contents)


def _layers(layers: pd.DataFrame, _: dict[str, Any]) -> Iterator[LogItem]:
    counts = {f"parameters/{row.layer}": row.parameters for row in layers.itertuples()}
    yield _metrics({**counts, "parameters/total": layers["parameters"].sum()})


def _history(history: Any, _: dict[str, Any]) -> Iterator[LogItem]:
    yield _metrics({"time/training_s": history.seconds, "time/epochs": len(history.losses)})
    yield Tags({f"kernel.{layer}": engine for layer, engine in history.backends.items()})


def _scores(scores: Scores, _: dict[str, Any]) -> Iterator[LogItem]:
    values = {(part, name): value for part, metrics in scores.items() for name, value in metrics.items()}
    yield _metrics({COSTS.get(name, f"{part}/{name}"): value for (part, name), value in values.items()})


def _metric_name(part: str, name: str) -> str:
    """`test/mase` for a score of the test split, `test/mase_ensemble` for that of the ensemble over the seeds."""
    split, _, suffix = part.partition("_")
    return f"{split}/{name}_{suffix}" if suffix else f"{split}/{name}"


def _causality(check: Any, _: dict[str, Any]) -> Iterator[LogItem]:
    yield Tags({"causality": check.outcome, "causality.detail": check.summary()})


def _seeds(seeds: pd.DataFrame, _: dict[str, Any]) -> Iterator[LogItem]:
    points = [
        (f"seeds/{name}", float(row[name]), int(row["seed"]))
        for row in seeds.to_dict("records")
        for name in ("final_loss", "max_error", "all_within_0.05")
    ]
    yield Metrics(tuple(points), _now_ms())
    yield _metrics({"seeds/learnt": seeds["all_within_0.05"].sum()})


def _model(model: Any, inputs: dict[str, Any]) -> Iterator[LogItem]:
    X = next(value for name, value in inputs.items() if name.endswith(".X"))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        model.save(path)
        yield ModelFile(model.name, path.read_bytes(), X[:1], tuple(model.output_shape))


def _answers(answers: pd.DataFrame, _: dict[str, Any]) -> Iterator[LogItem]:
    yield _metrics({f"experiment/{row.question}": row.number for row in answers.itertuples()})
    yield File("experiments.csv", answers.to_csv(index=False).encode())


def _figures(figures: dict[str, Any], _: dict[str, Any]) -> Iterator[LogItem]:
    for name, figure in figures.items():
        yield from _figure(f"{name}.png")(figure, _)


def _table(name: str) -> Callable[..., Iterable[LogItem]]:
    return lambda table, _: [File(name, table.to_csv(index=False).encode())]


def _figure(name: str) -> Callable[..., Iterable[LogItem]]:
    def draw(figure: Any, _: dict[str, Any]) -> Iterator[LogItem]:
        drawn = BytesIO()
        figure.savefig(drawn, format="png")
        yield File(name, drawn.getvalue())

    return draw


def _metrics(values: dict[str, float]) -> Metrics:
    """Numbers of now, under names that MLflow takes: a target's may hold letters that it refuses."""
    named: dict[str, float] = {}
    for name, value in values.items():
        allowed = FORBIDDEN.sub("_", name)
        while allowed in named:
            allowed += "_"
        named[allowed] = value
    return Metrics(tuple((name, float(value), 0) for name, value in named.items()), _now_ms())


def _now_ms() -> int:
    return int(time.time() * 1000)


_TABLES = "index_map dependency comparison skipped parameter_counts leaderboard pairwise_tests errors_by_horizon seed_study seed_table"
READERS: dict[str, Callable[..., Iterable[LogItem]]] = {
    **{name: _table(f"{name}.csv") for name in _TABLES.split()},
    "layers": _layers,
    "history": _history,
    "scores": _scores,
    "backtest_runs": read_attempts,
    "seeds": _seeds,
    "model": _model,
    "causality": _causality,
    "dependency_plot": _figure("dependency.png"),
    "layer_table": _table("layers.csv"),
    "prediction_table": _table("predictions.csv"),
    "loss_curve": _figure("loss_curve.png"),
    "prediction_plot": _figure("predictions.png"),
    "error_by_horizon_plot": _figure("error_by_horizon.png"),
    "conclusion": read_verdict,
    "forecaster": read_kept,
    "loss_curves": _figure("loss_curves.png"),
    "seed_plot": _figure("seed_study.png"),
    "experiments": _answers,
    "experiments_page": lambda page, _: [File("experiments.md", page.encode())],
    "experiments_figures": _figures,
    "report": lambda page, _: [File("report.html", page.encode())],
}
