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

from seqframe.evaluation import Scores
from seqframe.tracking.backtest_contents import read_attempts, read_kept, read_verdict
from seqframe.tracking.records import Content, File, Metrics, ModelFile, Tags

FORBIDDEN = re.compile(r"[^\w\-. :/]")  # in names of metrics, by MLflow
COSTS = {  # of a backtest, by the names that its summary gives them
    "training_s": "time/training_s",
    "forecast_ms": "time/forecast_ms",
    "epochs": "time/epochs",
    "memory_mb": "memory/peak_mb",
}


def contents_of(inputs: dict[str, Any], outputs: dict[str, Any]) -> tuple[Content, ...]:
    """What a node gave, each dataset as `READERS` says; what is not named there is not for MLflow."""
    contents: list[Content] = []
    for name, value in outputs.items():
        reader = READERS.get(name.rpartition(".")[2])
        if reader is not None:
            contents += reader(value, inputs)
    return tuple(contents)


def _layers(layers: pd.DataFrame, _: dict[str, Any]) -> Iterator[Content]:
    counts = {f"parameters/{row.layer}": row.parameters for row in layers.itertuples()}
    yield _metrics({**counts, "parameters/total": layers["parameters"].sum()})


def _history(history: Any, _: dict[str, Any]) -> Iterator[Content]:
    yield _metrics({"time/training_s": history.seconds, "time/epochs": len(history.losses)})
    yield Tags({f"engine.{layer}": engine for layer, engine in history.engines.items()})


def _scores(scores: Scores, _: dict[str, Any]) -> Iterator[Content]:
    values = {(part, name): value for part, metrics in scores.items() for name, value in metrics.items()}
    yield _metrics(
        {
            COSTS.get(name, f"scores/{part.removeprefix('test_')}/{name}"): value
            for (part, name), value in values.items()
        }
    )


def _judgement(judgement: Any, _: dict[str, Any]) -> Iterator[Content]:
    yield Tags({"flow": judgement.verdict, "flow.judgement": judgement.sentence()})


def _seeds(seeds: pd.DataFrame, _: dict[str, Any]) -> Iterator[Content]:
    points = [
        (f"seeds/{name}", float(getattr(row, name)), int(row.seed))
        for row in seeds.itertuples()
        for name in ("final_loss", "largest_error", "right_to_one_decimal")
    ]
    yield Metrics(tuple(points), _now_ms())
    yield _metrics({"seeds/learnt": seeds["right_to_one_decimal"].sum()})


def _model(model: Any, inputs: dict[str, Any]) -> Iterator[Content]:
    X = next(value for name, value in inputs.items() if name.endswith(".X"))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        model.save(path)
        yield ModelFile(model.name, path.read_bytes(), X[:1], tuple(model.output_shape))


def _answers(answers: pd.DataFrame, _: dict[str, Any]) -> Iterator[Content]:
    yield _metrics({f"answer/{row.question}": row.number for row in answers.itertuples()})
    yield File("answers.csv", answers.to_csv(index=False).encode())


def _figures(figures: dict[str, Any], _: dict[str, Any]) -> Iterator[Content]:
    for name, figure in figures.items():
        yield from _figure(f"{name}.png")(figure, _)


def _table(name: str) -> Callable[..., Iterable[Content]]:
    return lambda table, _: [File(name, table.to_csv(index=False).encode())]


def _figure(name: str) -> Callable[..., Iterable[Content]]:
    def draw(figure: Any, _: dict[str, Any]) -> Iterator[Content]:
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


_TABLES = "frame_table flow comparison left_out parameter_counts leaderboard pairs errors_by_lead seed_study seed_table"
READERS: dict[str, Callable[..., Iterable[Content]]] = {
    **{name: _table(f"{name}.csv") for name in _TABLES.split()},
    "layers": _layers,
    "history": _history,
    "scores": _scores,
    "attempts": read_attempts,
    "seeds": _seeds,
    "model": _model,
    "judgement": _judgement,
    "flow_plot": _figure("flow.png"),
    "layer_table": _table("layers.csv"),
    "prediction_table": _table("predictions.csv"),
    "loss_curve": _figure("loss_curve.png"),
    "prediction_plot": _figure("predictions.png"),
    "error_plot": _figure("error_by_lead.png"),
    "verdict": read_verdict,
    "kept": read_kept,
    "loss_curves": _figure("loss_curves.png"),
    "seed_plot": _figure("seed_study.png"),
    "answers": _answers,
    "answers_page": lambda page, _: [File("answers.md", page.encode())],
    "answers_figures": _figures,
    "report": lambda page, _: [File("report.html", page.encode())],
}
