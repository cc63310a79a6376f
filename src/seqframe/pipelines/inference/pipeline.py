"""A table and the saved forecaster -> forecasts."""

from kedro.pipeline import Pipeline, node

from seqframe.pipelines.inference.nodes import forecast, load_context


def create_predict_pipeline() -> Pipeline:
    """Load the context and forecast."""
    nodes = [
        node(load_context, "raw_table", "context", name="load_context"),
        node(forecast, ["saved_forecaster", "context", "raw_table", "params:data"], "forecasts", name="forecast"),
    ]
    return Pipeline(nodes, tags="inference")
