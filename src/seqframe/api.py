"""A pipeline that is run from a program or a notebook, as `kedro run` runs it, from any working directory."""

import os
from typing import Any

from seqframe.config import PROJECT_ROOT


def run_pipeline(name: str, **settings: dict[str, Any]) -> dict[str, Any]:
    """Run a pipeline with settings by group: the datasets that it ends in by name, each with a `load`.

    Such as `run_pipeline("compare", problem={"table": "my.csv", "target": "y"})`.

    Raises:
        UserError: A setting, or what it names, cannot be used.
    """
    # Kedro reads this when it is imported; without it, it takes over how a notebook shows tables and errors.
    os.environ.setdefault("KEDRO_LOGGING_CONFIG", str(PROJECT_ROOT / "conf" / "logging.yml"))
    from kedro.framework.session import KedroSession
    from kedro.framework.startup import bootstrap_project

    bootstrap_project(PROJECT_ROOT)
    with KedroSession.create(PROJECT_ROOT, runtime_params=settings) as session:
        results: dict[str, Any] = session.run(pipeline_names=[name])
    return results
