"""How datasets are logged to MLflow. The catalog declares for each dataset which of these functions is used.

Names are the same for every framing, so that MLflow shows their runs in the same columns. MLflow's metrics page has a
section for the part of a name before the last `/`, and sorts metrics alphabetically.
"""

import re
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from io import BytesIO
from math import isfinite
from numbers import Real
from pathlib import Path
from typing import Any

import pandas as pd

from seqframe.evaluation.evaluate import Scores
from seqframe.forecasting.baselines import find_baseline
from seqframe.reporting.csv_text import to_csv
from seqframe.tracking.outputs import Output, check_choice
from seqframe.tracking.records import File, ForecasterFiles, LogItem, Metrics, ModelFile, Tags

INVALID = re.compile(r"[^\w\-. :/]")  # characters that MLflow refuses in names of metrics
COSTS = {  # cost of a backtest: metric in the summary -> name in MLflow
    "training_s": "time/training_s",
    "forecast_ms": "time/forecast_ms",
    "epochs": "time/epochs",
    "memory_mb": "memory/peak_mb",
}
SCORES = ("mase", "accuracy", "log_loss")  # by which models are compared
NO_SCORES = ("rank", "model", "framing", "selected")  # columns of a leaderboard
SEED_METRICS = ("final_loss", "max_error", "all_within_0.05")

Logger = Callable[[Any, Output, Mapping[str, Any]], Iterable[LogItem]]  # value, its output, inputs of its node


def log_items(
    declared: Mapping[str, Output], inputs: Mapping[str, Any], outputs: Mapping[str, Any]
) -> tuple[LogItem, ...]:
    """What is logged of the outputs of a node, as the catalog declares."""
    items: list[LogItem] = []
    for name, value in outputs.items():
        if name in declared:
            for kind in declared[name].spec.kinds:
                items += LOGGERS[kind](value, declared[name], inputs)
    return tuple(items)


def check_kinds(declared: Mapping[str, Output]) -> None:
    """Refuse a declaration with an unknown way of logging.

    Raises:
        UserError: One line that names the dataset.
    """
    for output in declared.values():
        for kind in output.spec.kinds:
            check_choice(output, "mlflow", kind, LOGGERS)


def log_table(table: pd.DataFrame, output: Output, _: Mapping[str, Any]) -> Iterator[LogItem]:
    """A table as a CSV file, or as Parquet if its dataset is a Parquet file."""
    name = output.artifact(".csv")
    yield File(name, table.to_parquet() if name.endswith(".parquet") else to_csv(table).encode())


def log_text(text: str, output: Output, _: Mapping[str, Any]) -> Iterator[LogItem]:
    """A text file, for example Markdown or HTML."""
    yield File(output.artifact(".txt"), text.encode())


def log_figure(figure: Any, output: Output, _: Mapping[str, Any]) -> Iterator[LogItem]:
    """A Matplotlib figure as a PNG file."""
    yield File(output.artifact(".png"), _png(figure))


def log_figures(figures: Mapping[str, Any], _: Output, __: Mapping[str, Any]) -> Iterator[LogItem]:
    """Matplotlib figures as PNG files with the names of their keys."""
    for name, figure in figures.items():
        yield File(f"{name}.png", _png(figure))


def log_metrics(values: Mapping[str, float], output: Output, _: Mapping[str, Any]) -> Iterator[LogItem]:
    """Numbers by name, as metrics in a section with the dataset's name."""
    yield _metrics({f"{output.short_name}/{name}": value for name, value in values.items()})


def log_tags(values: Mapping[str, Any], _: Output, __: Mapping[str, Any]) -> Iterator[LogItem]:
    """Texts by name, as tags of the run."""
    yield Tags({name: str(value) for name, value in values.items()})


def log_layers(layers: pd.DataFrame, _: Output, __: Mapping[str, Any]) -> Iterator[LogItem]:
    """Parameter count of each layer and of the network."""
    counts = {f"parameters/{row.layer}": row.parameters for row in layers.itertuples()}
    yield _metrics({**counts, "parameters/total": layers["parameters"].sum()})


def log_history(history: Any, _: Output, __: Mapping[str, Any]) -> Iterator[LogItem]:
    """Training time, number of epochs, and the kernel of each layer; losses are logged while training."""
    yield _metrics({"time/training_s": history.seconds, "time/epochs": len(history.losses)})
    yield _kernels(history.backends)


def log_scores(scores: Scores, _: Output, __: Mapping[str, Any]) -> Iterator[LogItem]:
    """Scores by split, and the cost of a backtest."""
    values = {(split, name): value for split, metrics in scores.items() for name, value in metrics.items()}
    yield _metrics({COSTS.get(name, _metric_name(split, name)): value for (split, name), value in values.items()})


def log_seeds(seeds: pd.DataFrame, _: Output, __: Mapping[str, Any]) -> Iterator[LogItem]:
    """Scores of every seed, with the seed as step, and the number of seeds that fit all training values."""
    points = [
        (f"seeds/{name}", float(row[name]), int(row["seed"]))
        for row in seeds.to_dict("records")
        for name in SEED_METRICS
    ]
    yield Metrics(tuple(points), _now_ms())
    yield _metrics({"seeds/n_fit": seeds["all_within_0.05"].sum()})


def log_backtest_runs(runs: Any, _: Output, __: Mapping[str, Any]) -> Iterator[LogItem]:
    """Losses of every network in every epoch, and the kernel of each layer."""
    points = [
        (f"{split}/loss/fold_{run.fold}_seed_{run.seed}", float(loss), epoch)
        for run in runs.each
        for split, losses in (("train", run.history.losses), ("val", run.history.validation_losses))
        for epoch, loss in enumerate(losses, start=1)
    ]
    yield Metrics(tuple(points), _now_ms())
    yield _kernels(runs.each[0].history.backends)


def log_causality(check: Any, _: Output, __: Mapping[str, Any]) -> Iterator[LogItem]:
    """Outcome of the causality check, and its details."""
    yield Tags({"causality": check.outcome, "causality.detail": check.summary()})


def log_conclusion(conclusion: Any, _: Output, __: Mapping[str, Any]) -> Iterator[LogItem]:
    """Recommended and selected model, whether its framing beats the baseline, the conclusion, and the scores in it."""
    yield _metrics({f"best/{name}": value for name, value in conclusion.scores.items()})
    yield Tags(
        {
            "best": conclusion.recommended,
            "selected": conclusion.selected,
            "beats_baseline": str(conclusion.beats_baseline),
            "conclusion": " ".join(conclusion.sentences),
        }
    )


def log_baseline(row: Mapping[str, Any]) -> tuple[LogItem, ...]:
    """Scores and costs of a baseline, which is a row of a leaderboard, under the names that framings use.

    A baseline is one model, so its scores count for an ensemble, too.
    """
    names = {**COSTS, "parameters": "parameters/total"}
    numbers = {name: value for name, value in row.items() if isinstance(value, Real) and isfinite(value)}
    values = {names.get(name, f"test/{name}"): value for name, value in numbers.items() if name not in NO_SCORES}
    values |= {f"test/{name}_ensemble": numbers[name] for name in SCORES if name in numbers}
    return (_metrics(values),)


def log_trial(row: Mapping[str, Any]) -> tuple[LogItem, ...]:
    """Validation error and time of a trial of a sweep."""
    values = {"validation/mase": row["val_mase"], "time/training_s": row["seconds"]}
    return (_metrics({name: value for name, value in values.items() if isfinite(value)}),)


def log_findings(findings: pd.DataFrame, _: Output, __: Mapping[str, Any]) -> Iterator[LogItem]:
    """Number of each experiment."""
    yield _metrics({f"experiment/{row.question}": row.number for row in findings.itertuples()})


def log_keras_model(model: Any, _: Output, inputs: Mapping[str, Any]) -> Iterator[LogItem]:
    """A Keras model, with the first sample of its node's input X as an example."""
    X = next(value for name, value in inputs.items() if name.endswith(".X"))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        model.save(path)
        yield ModelFile(model.name, path.read_bytes(), X[:1], tuple(model.output_shape))


def log_refitted_forecaster(refitted: Any, _: Output, inputs: Mapping[str, Any]) -> Iterator[LogItem]:
    """A saved forecaster, with an example of its input and output."""
    with tempfile.TemporaryDirectory() as folder:
        refitted.forecaster.save(Path(folder))
        files = {path.name: path.read_bytes() for path in sorted(Path(folder).iterdir())}
    config, forecast = refitted.forecaster.config, refitted.forecaster.forecast(refitted.history)
    package = find_baseline(config.baseline).package if config.baseline else ""
    packages = ("tensorflow", "keras") if config.framing else (package,) if package else ()
    yield ForecasterFiles(
        files, refitted.history, forecast, config.about, config.card, packages=packages, **_origin(config, inputs)
    )
    yield Tags({"refitted": config.name})


def log_refitted_classifier(refitted: Any, _: Output, inputs: Mapping[str, Any]) -> Iterator[LogItem]:
    """A saved classifier, with an example of its input and output."""
    with tempfile.TemporaryDirectory() as folder:
        refitted.classifier.save(Path(folder))
        files = {path.name: path.read_bytes() for path in sorted(Path(folder).iterdir())}
    config, labels = refitted.classifier.config, refitted.classifier.predict(refitted.example)
    yield ForecasterFiles(
        files,
        refitted.example,
        labels,
        config.about,
        config.card,
        packages=("tensorflow", "keras"),
        output=LABELS_OUT,
        **_origin(config, inputs),
    )
    yield Tags({"refitted": config.name})


def _origin(config: Any, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The data of a saved model, and its test score in the comparison that recommended it."""
    origin = {"table": config.data_settings.name}
    conclusion = inputs.get("conclusion")
    if conclusion is None or conclusion.refit != config.name or not conclusion.scores:
        return origin
    metric, score = next(iter(conclusion.scores.items()))
    return origin | {"metric": metric, "score": score}


LABELS_OUT = "Output: label, and p_<class> for each class, for every sequence or every step of it."
LOGGERS: dict[str, Logger] = {
    "table": log_table,
    "text": log_text,
    "figure": log_figure,
    "figures": log_figures,
    "metrics": log_metrics,
    "tags": log_tags,
    "layers": log_layers,
    "history": log_history,
    "scores": log_scores,
    "seeds": log_seeds,
    "backtest_runs": log_backtest_runs,
    "causality": log_causality,
    "conclusion": log_conclusion,
    "findings": log_findings,
    "keras_model": log_keras_model,
    "forecaster": log_refitted_forecaster,
    "classifier": log_refitted_classifier,
}


def _metric_name(split: str, name: str) -> str:
    """`test/mase` for a score of the test split, `test/mase_ensemble` for the score of the ensemble over seeds."""
    split, _, suffix = split.partition("_")
    return f"{split}/{name}_{suffix}" if suffix else f"{split}/{name}"


def _metrics(values: dict[str, Any]) -> Metrics:
    """Metrics with the current time. Names of targets may hold characters that MLflow refuses: they are replaced."""
    valid: dict[str, float] = {}
    for name, value in values.items():
        allowed = INVALID.sub("_", name)
        while allowed in valid:
            allowed += "_"
        valid[allowed] = value
    return Metrics(tuple((name, float(value), 0) for name, value in valid.items()), _now_ms())


def _kernels(backends: Mapping[str, str]) -> Tags:
    return Tags({f"kernel.{layer}": kernel for layer, kernel in backends.items()})


def _png(figure: Any) -> bytes:
    content = BytesIO()
    figure.savefig(content, format="png")
    return content.getvalue()


def _now_ms() -> int:
    return int(time.time() * 1000)
