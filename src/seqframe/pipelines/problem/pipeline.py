"""problem settings -> rows, scaler, windows, naive scores."""

from kedro.pipeline import Pipeline, node

from seqframe.pipelines.problem.nodes import cut_windows, fit_scaler, make_rows, score_naive


def create_pipeline() -> Pipeline:
    """The nodes that every other pipeline begins with."""
    return Pipeline(
        [
            node(make_rows, "params:problem", "rows", name="make_rows"),
            node(fit_scaler, ["rows", "params:problem"], "scaler", name="fit_scaler"),
            node(cut_windows, ["rows", "params:task"], "windows", name="cut_windows"),
            node(score_naive, ["rows", "windows", "params:problem", "params:task"], "naive_scores", name="score_naive"),
        ]
    )
