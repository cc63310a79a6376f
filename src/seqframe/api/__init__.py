"""Python API: run a pipeline from a program or a notebook, in any working directory, as `kedro run` does."""

import os
from typing import Any

from seqframe.config import PROJECT_ROOT


def run_pipeline(name: str, **settings: dict[str, Any]) -> dict[str, Any]:
    """Run a pipeline with settings by group; returns its output datasets by name, each with a `load` method.

    For example `run_pipeline("compare", data={"path": "my.csv", "target": "y"})`.

    Raises:
        UserError: A setting is invalid, or the data is.
    """
    # Kedro reads this variable when it is imported; without it, Kedro changes how a notebook shows tables and errors.
    os.environ.setdefault("KEDRO_LOGGING_CONFIG", str(PROJECT_ROOT / "conf" / "logging.yml"))
    from kedro.framework.session import KedroSession
    from kedro.framework.startup import bootstrap_project

    bootstrap_project(PROJECT_ROOT)
    with KedroSession.create(PROJECT_ROOT, runtime_params=settings) as session:
        results: dict[str, Any] = session.run(pipeline_names=[name])
    return results
