"""a table and the model that was kept -> forecasts."""

from kedro.pipeline import Pipeline, node

from seqframe.pipelines.inference.nodes import forecast, load_context


def create_predict_pipeline() -> Pipeline:
    """Both nodes."""
    return Pipeline(
        [
            node(load_context, "params:data", "history", name="load_context"),
            node(forecast, ["saved_forecaster", "history", "params:data"], "forecasts", name="forecast"),
        ]
    )
