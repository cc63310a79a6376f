"""What is logged, under which name. The names are the same for every framing, so that MLflow lines their runs up."""

from collections.abc import Callable
from typing import Any

import pandas as pd
from numpy.typing import NDArray

from seqframe.config import Settings
from seqframe.evaluation import Scores
from seqframe.framings import FRAMINGS
from seqframe.problems import fingerprint
from seqframe.tracking.environment import environment_tags
from seqframe.tracking.model import log_model


def run_params(settings: Settings, framing: str, X: NDArray[Any], y: NDArray[Any]) -> list[Any]:
    """The settings that a framing is trained with, and the shapes that they gave it."""
    from mlflow.entities import Param

    carries_state = any(each.carries_state for each in FRAMINGS if each.name == framing)
    values = {
        f"{group}.{name}": value for group, members in settings.model_dump().items() for name, value in members.items()
    }
    values |= {
        "training.epochs": settings.training.epochs_of(framing),
        "training.batch_size": settings.training.batch_of(len(X), carries_state),
        "framing": framing,
        "X_shape": X.shape,
        "y_shape": y.shape,
    }
    return [Param(name, str(value)) for name, value in values.items()]


def answer_params(settings: Settings) -> list[Any]:
    """The settings that the tutorial's questions are answered with."""
    from mlflow.entities import Param

    return [Param(f"answers.{name}", str(value)) for name, value in settings.answers.model_dump().items()]


def run_tags(rows: pd.DataFrame) -> list[Any]:
    """The data that the framing was posed on."""
    from mlflow.entities import RunTag

    return [RunTag("data.fingerprint", fingerprint(rows)), RunTag("data.rows", str(len(rows)))]


def session_tags(settings: Settings) -> dict[str, str]:
    """What the runs of a session are filtered by, the code, and what it ran on."""
    return {"problem": settings.problem.name, "task": settings.task.kind, **environment_tags()}


def log_outputs(client: Any, run_id: str, inputs: dict[str, Any], outputs: dict[str, Any]) -> None:
    """Log what a node gave, each dataset as `LOGGERS` says; what is not named there is not for MLflow."""
    for name, value in outputs.items():
        logger = LOGGERS.get(name.rpartition(".")[2])
        if logger is not None:
            logger(client, run_id, value, inputs)


def _log_layers(client: Any, run_id: str, layers: pd.DataFrame, _: dict[str, Any]) -> None:
    counts = {f"parameters/{row.layer}": row.parameters for row in layers.itertuples()}
    _log_metrics(client, run_id, {**counts, "parameters/total": layers["parameters"].sum()})


def _log_history(client: Any, run_id: str, history: Any, _: dict[str, Any]) -> None:
    _log_metrics(client, run_id, {"final_loss": history.losses[-1], "time/training_s": history.seconds})
    for layer, engine in history.engines.items():
        client.set_tag(run_id, f"engine.{layer}", engine)


def _log_scores(client: Any, run_id: str, scores: Scores, _: dict[str, Any]) -> None:
    values = {f"{part}/{name}": value for part, metrics in scores.items() for name, value in metrics.items()}
    _log_metrics(client, run_id, values)


def _log_judgement(client: Any, run_id: str, judgement: Any, _: dict[str, Any]) -> None:
    client.set_tag(run_id, "flow", judgement.verdict)
    client.set_tag(run_id, "flow.judgement", judgement.sentence())


def _log_seeds(client: Any, run_id: str, seeds: pd.DataFrame, _: dict[str, Any]) -> None:
    from mlflow.entities import Metric

    stamp = int(pd.Timestamp.now().timestamp() * 1000)
    metrics = [
        Metric(f"seed/{name}", getattr(row, name), stamp, row.seed)
        for row in seeds.itertuples()
        for name in ("final_loss", "largest_error", "right_to_one_decimal")
    ]
    client.log_batch(run_id, metrics=metrics)
    _log_metrics(client, run_id, {"learnt": seeds["right_to_one_decimal"].sum()})


def _log_answers(client: Any, run_id: str, answers: pd.DataFrame, _: dict[str, Any]) -> None:
    _log_metrics(client, run_id, {f"answer/{row.question}": row.number for row in answers.itertuples()})
    client.log_text(run_id, answers.to_csv(index=False), "answers.csv")


def _log_figures(client: Any, run_id: str, figures: dict[str, Any], _: dict[str, Any]) -> None:
    for name, figure in figures.items():
        client.log_figure(run_id, figure, f"{name}.png")


def _table(path: str) -> Callable[..., None]:
    return lambda client, run_id, table, _: client.log_text(run_id, table.to_csv(index=False), path)


def _figure(path: str) -> Callable[..., None]:
    return lambda client, run_id, figure, _: client.log_figure(run_id, figure, path)


def _log_metrics(client: Any, run_id: str, values: dict[str, float]) -> None:
    from mlflow.entities import Metric

    stamp = int(pd.Timestamp.now().timestamp() * 1000)
    known = client.get_run(run_id).data.metrics  # a run that was taken up again may have some of them
    metrics = [Metric(name, float(value), stamp, 0) for name, value in values.items() if name not in known]
    client.log_batch(run_id, metrics=metrics)


LOGGERS: dict[str, Callable[..., None]] = {
    "layers": _log_layers,
    "history": _log_history,
    "scores": _log_scores,
    "seeds": _log_seeds,
    "model": log_model,
    "judgement": _log_judgement,
    "frame_table": _table("frame_table.csv"),
    "flow": _table("flow.csv"),
    "flow_plot": _figure("flow.png"),
    "layer_table": _table("layers.csv"),
    "prediction_table": _table("predictions.csv"),
    "loss_curve": _figure("loss_curve.png"),
    "prediction_plot": _figure("predictions.png"),
    "comparison": _table("comparison.csv"),
    "left_out": _table("left_out.csv"),
    "parameter_counts": _table("parameter_counts.csv"),
    "loss_curves": _figure("loss_curves.png"),
    "seed_study": _table("seed_study.csv"),
    "seed_table": _table("seed_table.csv"),
    "seed_plot": _figure("seed_study.png"),
    "answers": _log_answers,
    "answers_page": lambda client, run_id, page, _: client.log_text(run_id, page, "answers.md"),
    "answers_figures": _log_figures,
}
