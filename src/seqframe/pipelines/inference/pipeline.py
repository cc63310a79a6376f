"""A table and the saved model -> forecasts, as a table and a figure, or labels."""

from kedro.pipeline import Pipeline, node

from seqframe.pipelines.inference.nodes import forecast, load_context, predict_sequences, report_forecast


def create_predict_pipeline() -> Pipeline:
    """Load the context, forecast and report."""
    nodes = [
        node(load_context, ["raw_table", "params:data"], "context", name="load_context"),
        node(forecast, ["saved_forecaster", "context", "raw_table", "params:data"], "forecast", name="forecast"),
        node(report_forecast, "forecast", ["forecasts", "forecast_plot"], name="report_forecast"),
    ]
    return Pipeline(nodes, tags="inference")


def create_label_predict_pipeline() -> Pipeline:
    """Load the sequences and predict their labels."""
    nodes = [
        node(load_context, ["raw_table", "params:data"], "context", name="load_context"),
        node(
            predict_sequences,
            ["saved_classifier", "context", "raw_table", "params:data"],
            "predicted_labels",
            name="predict_labels",
        ),
    ]
    return Pipeline(nodes, tags="inference")
