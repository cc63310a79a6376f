"""problem and task -> rows, split, scaler, windows -> the problem as posed, and the naive scores on it."""

from kedro.pipeline import Pipeline, node

from seqframe.pipelines.problem.nodes import cut_windows, fit_scaler, make_rows, pose, score_naive, split_rows


def create_pipeline() -> Pipeline:
    """The nodes that every other pipeline begins with."""
    return Pipeline(
        [
            node(make_rows, "params:problem", "rows", name="make_rows"),
            node(split_rows, ["rows", "params:problem"], "split", name="split_rows"),
            node(fit_scaler, ["rows", "split", "params:problem"], "scaler", name="fit_scaler"),
            node(cut_windows, ["split", "params:task"], ["windows", "unseen_windows"], name="cut_windows"),
            node(pose, ["rows", "scaler", "windows", "unseen_windows", "params:problem"], "posed", name="pose"),
            node(score_naive, ["posed", "params:task"], "naive_scores", name="score_naive"),
        ]
    )
