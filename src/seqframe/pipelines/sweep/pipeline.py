"""A table -> trials -> the settings with the smallest validation error -> leaderboard of the test rows, forecaster."""

from kedro.pipeline import Pipeline, node

from seqframe.pipelines.backtest.pipeline import design_node
from seqframe.pipelines.data_processing.pipeline import load_node
from seqframe.pipelines.sweep.nodes import run_search, score_best, write_sweep_report

SETTINGS = ["params:model", "params:training"]


def create_sweep_pipeline() -> Pipeline:
    """All nodes of a hyperparameter search."""
    return Pipeline(
        [
            load_node(has_table=True),
            design_node(),
            node(
                run_search,
                ["data", "backtest_config", "data_settings", *SETTINGS, "params:sweep", "checkpoints", "executor"],
                ["sweep_result", "best_trials", "trials"],
                name="run_search",
                tags="training",
            ),
            node(
                score_best,
                [
                    *("sweep_result", "data", "backtest_config", "data_settings"),
                    *(*SETTINGS, "params:backtest", "params:sweep", "checkpoints", "executor"),
                ],
                ["backtest_result", "conclusion", "refitted", "forecaster"],
                name="score_best",
                tags="training",
            ),
            node(
                write_sweep_report,
                [
                    *("sweep_result", "backtest_result", "conclusion", "backtest_config", "data_settings"),
                    *(*SETTINGS, "params:sweep"),
                ],
                ["leaderboard", "pairwise_tests", "conclusion_text", "report"],
                name="write_report",
                tags="reporting",
            ),
        ],
        tags="sweep",
    )
