"""A table and the saved forecaster -> forecasts, as a table and a figure."""

from kedro.pipeline import Pipeline, node

from seqframe.pipelines.inference.nodes import forecast, load_context, report_forecast


def create_predict_pipeline() -> Pipeline:
    """Load the context, forecast and report."""
    nodes = [
        node(load_context, ["raw_table", "params:data"], "context", name="load_context"),
        node(forecast, ["saved_forecaster", "context", "raw_table", "params:data"], "forecast", name="forecast"),
        node(report_forecast, "forecast", ["forecasts", "forecast_plot"], name="report_forecast"),
    ]
    return Pipeline(nodes, tags="inference")
