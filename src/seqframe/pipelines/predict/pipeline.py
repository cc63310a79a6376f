"""a table and the model that was kept -> forecasts."""

from kedro.pipeline import Pipeline, node

from seqframe.pipelines.predict.nodes import forecast, read_history


def create_pipeline() -> Pipeline:
    """Both nodes."""
    return Pipeline(
        [
            node(read_history, "params:problem", "history", name="read_history"),
            node(forecast, ["kept_model", "history", "params:problem"], "forecasts", name="forecast"),
        ]
    )
