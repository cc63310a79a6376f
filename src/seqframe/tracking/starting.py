"""What is known of a run before anything is trained: the settings that have a part in it, the shapes, the data."""

import json
from typing import Any

import pandas as pd
import yaml

from seqframe.config import NO_NUMBERS, Problem, Settings
from seqframe.framings import FRAMINGS
from seqframe.plan import Shape
from seqframe.problems import fingerprint
from seqframe.tracking.records import Data, File, Session, Start

OF_TABLES = {"table", "time", "series", "known", "unfold", "missing", "scale_by_series"}
OF_GENERATORS = {"length", "sequences", "unseen", "delay", "period", "noise", "seed"}
OF_SOME_GENERATORS = {"delay": {"delayed_echo", "copy_memory"}, "period": {"sine"}, "noise": {"sine"}}


def start_of(session: Session, framing: str, rows: pd.DataFrame, X_shape: Shape, y_shape: Shape) -> Start:
    """The settings that a framing is trained with, the shapes that they gave it, and the data that it was posed on."""
    settings, data = session.settings, data_of(session.settings.problem, rows)
    carries_state = any(each.carries_state for each in FRAMINGS if each.name == framing)
    values = {
        **_values_of(settings, session.trains_many),
        "training.epochs": settings.training.epochs_of(framing),
        "training.batch_size": settings.training.batch_of(X_shape[0], carries_state),
        "framing": framing,
        "X_shape": X_shape,
        "y_shape": y_shape,
    }
    params = {key: str(value) for key, value in values.items()}
    return Start(params, {"data.fingerprint": data.digest, "data.rows": str(len(rows))}, data.digest, data)


def start_alone(settings: Settings) -> Start:
    """The settings of a session without framings, whose nodes make their data themselves: that of the answers."""
    return Start({f"answers.{name}": str(value) for name, value in settings.answers.model_dump().items()}, {}, "")


def settings_file(session: Session) -> File:
    """All settings, in a file that is a user's own settings where it is put into conf/local."""
    head = f"# As conf/local/parameters.yml these settings give the same run again: {session.command}\n"
    text = yaml.safe_dump(session.settings.model_dump(), sort_keys=False, allow_unicode=True)
    return File("settings.yml", (head + text).encode())


def data_of(problem: Problem, rows: pd.DataFrame) -> Data:
    """The rows, as MLflow shows data sets: of the profile all that is in it, of a source that is no file nothing."""
    table = problem.source == "table"
    used = [name for name in type(problem).model_fields if name in _used(problem) & OF_GENERATORS]
    made = {"generator": problem.source} | {name: getattr(problem, name) for name in used}
    columns = [{"name": str(name), "type": "double", "required": True} for name in rows.columns]
    return Data(
        name=problem.name,
        digest=fingerprint(rows),
        source_type="local" if table else "code",
        source=json.dumps({"uri": problem.table} if table else {"tags": made}, sort_keys=True),
        schema=json.dumps({"mlflow_colspec": columns}),
        profile=json.dumps({"num_rows": len(rows), "num_elements": rows.size} | ({} if table else made)),
    )


def _values_of(settings: Settings, trains_many: bool) -> dict[str, Any]:
    """The settings by full name, without those that change nothing in such a run."""
    groups = {
        "problem": settings.problem.model_dump(include=_used(settings.problem)) | {"kind": settings.problem.source},
        "task": settings.task.model_dump(exclude=None if settings.task.kind == "forecast" else {"horizon", "gap"}),
        "model": settings.model.model_dump(exclude={"units"} if settings.model.layers else {"layers"}),
        "training": settings.training.model_dump(exclude={*NO_NUMBERS, "seed" if trains_many else "seeds"}),
        "backtest": settings.backtest.model_dump() if settings.forecasts_a_table else {},
    }
    return {f"{group}.{name}": value for group, members in groups.items() for name, value in members.items()}


def _used(problem: Problem) -> set[str]:
    """The settings of a problem that have a part in where its rows come from."""
    of_others = OF_GENERATORS if problem.source == "table" else OF_TABLES
    others = {name for name, kinds in OF_SOME_GENERATORS.items() if problem.source not in kinds}
    return set(type(problem).model_fields) - of_others - others
