"""Results of comparisons: a leaderboard, a conclusion, figures, a report, and the refitted model."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from html import escape
from pathlib import Path
from typing import Any, ClassVar

import pandas as pd

from seqframe.api.inputs import InputTable
from seqframe.config import Settings
from seqframe.data.dataset import SequenceDataset
from seqframe.errors import UserError, show_value, suggest_names
from seqframe.evaluation.backtest import BacktestRuns, FittedBaseline
from seqframe.evaluation.conclusions import Conclusion
from seqframe.evaluation.evaluate import Scores
from seqframe.evaluation.folds import Folds
from seqframe.evaluation.label_folds import LabelFolds
from seqframe.evaluation.label_leaderboard import LabelResult
from seqframe.evaluation.label_metrics import confusion_matrix, metrics_by_class
from seqframe.evaluation.label_runs import LabelRuns, ModelLabels, list_label_models
from seqframe.evaluation.leaderboard import BacktestResult
from seqframe.evaluation.network_conclusions import summarize_comparison
from seqframe.forecasting.future import FutureForecast, forecast_future, no_forecast
from seqframe.framings import Framing
from seqframe.networks.spec import NetworkState
from seqframe.reporting import figures, label_figures, label_tables, tables
from seqframe.reporting.columns import format_table, table_columns
from seqframe.reporting.html.components import NetworkCard
from seqframe.training.events import TrainingHistory

TEXT_WIDTH = 120  # characters of a line of the leaderboard
Plots = Mapping[str, Callable[[], Any]]


@dataclass(frozen=True, repr=False, eq=False)
class Comparison(ABC):
    """Result of a comparison of framings.

    Attributes:
        settings: All settings, with the roles of the columns that were found.
        notes: What was found, repaired and inferred, one sentence each.
    """

    settings: Settings
    notes: tuple[str, ...]
    _table_name: ClassVar[str] = "leaderboard"  # in `seqframe.reporting.columns`

    @property
    @abstractmethod
    def leaderboard(self) -> pd.DataFrame:
        """One row per model, with its scores and its costs."""

    @property
    @abstractmethod
    def conclusion(self) -> str:
        """The conclusion in sentences, one per line."""

    @property
    @abstractmethod
    def best(self) -> Any:
        """The recommended model, ready to use."""

    @property
    def skipped(self) -> pd.DataFrame:
        """The framings that do not support the settings, with the reason."""
        return tables.skipped_table(self.settings)

    def plot(self, kind: str | None = None) -> Any:
        """A Matplotlib figure; without `kind` the first one in `kinds`.

        Raises:
            UserError: There is no such figure.
        """
        plots = self._plots()
        if kind is not None and kind not in plots:
            hint = suggest_names(str(kind), plots)
            raise UserError(f"`kind` must name a figure of the comparison. Received: {show_value(kind)}. {hint}")
        return plots[kind or next(iter(plots))]()

    @property
    def kinds(self) -> tuple[str, ...]:
        """Names of the figures that `plot` makes."""
        return tuple(self._plots())

    def report(self, path: str | Path) -> Path:
        """Write the report, one HTML file that works offline, and return its path."""
        from seqframe.reporting.html.render import render_page

        file = Path(path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(render_page(self._page()), encoding="utf-8")
        return file

    @abstractmethod
    def _plots(self) -> Plots:
        """Functions that make the figures, by name."""

    @abstractmethod
    def _page(self) -> Any:
        """The page of the report."""

    def __repr__(self) -> str:
        return f"{_fit_cells(self._table_name, self.leaderboard)}\n\n{self.conclusion}"

    def _repr_html_(self) -> str:
        """The leaderboard and the conclusion, as Jupyter shows them."""
        sentences = "".join(f"<p>{escape(sentence)}</p>" for sentence in self.conclusion.splitlines())
        cells = format_table(self._table_name, self.leaderboard)
        return f"{cells.to_html(index=False, border=0)}{sentences}"


def _fit_cells(name: str, table: pd.DataFrame) -> str:
    """A table as text, without the columns of the lowest priorities if it is too wide."""
    columns = [column for column in table_columns(name, table) if column.terminal]
    rows = table.to_dict("records")
    text = ""
    for lowest in sorted({column.priority for column in columns}):
        shown = [column for column in columns if column.priority >= lowest]
        cells = pd.DataFrame({column.title: [column.text(row) for row in rows] for column in shown}, dtype=object)
        text = cells.to_string(index=False)
        if len(text.partition("\n")[0]) <= TEXT_WIDTH:
            break
    return text


@dataclass(frozen=True, repr=False, eq=False)
class ModelComparison(Comparison):
    """Framings and baselines on the same test data, with a recommended model.

    Attributes:
        result: Scores and comparisons of all models.
        recommendation: The recommended model, and the reasons.
        folds: The splits.
        baselines: The baselines, as they are fitted.
        runs: The networks of every framing, and their predictions.
        cards: Their descriptions.
    """

    result: Any
    recommendation: Conclusion
    folds: Any
    baselines: tuple[Any, ...]
    runs: tuple[Any, ...]
    cards: tuple[NetworkCard, ...]

    @property
    def leaderboard(self) -> pd.DataFrame:
        """One row per model, the best one first."""
        board: pd.DataFrame = self.result.leaderboard
        return board

    @property
    def conclusion(self) -> str:
        """The conclusion in sentences, one per line."""
        return "\n".join(self.recommendation.sentences)

    def _plot_losses(self) -> Plots:
        return {
            f"losses of {each.framing.name}": partial(figures.plot_backtest_losses, each, each.framing.title)
            for each in self.runs
        }


@dataclass(frozen=True, repr=False, eq=False)
class ForecastComparison(ModelComparison):
    """Forecasts of a table: every framing and baseline in a backtest.

    Attributes:
        table: The table.
        forecaster: The refitted model.
    """

    result: BacktestResult
    folds: Folds
    baselines: tuple[FittedBaseline, ...]
    runs: tuple[BacktestRuns, ...]
    table: InputTable
    forecaster: Any

    @property
    def best(self) -> Any:
        """The refitted model: `best.forecast(df)` forecasts, `best.save(folder)` saves it."""
        return self.forecaster

    @property
    def pairwise_tests(self) -> pd.DataFrame:
        """One row per comparison of two models, with its p-value."""
        return self.result.pairs

    @property
    def errors_by_horizon(self) -> pd.DataFrame:
        """One row per model and horizon step."""
        return self.result.errors_by_horizon

    @cached_property
    def future(self) -> FutureForecast:
        """The forecast of the rows after the end of the table."""
        try:
            return forecast_future(self.forecaster, self.table.raw, self.table.name)
        except UserError as error:
            return no_forecast(self.forecaster.config, self.table.name, str(error))

    def test_forecasts(self, framing: str | Framing) -> pd.DataFrame:
        """All test forecasts of a framing, with actual values and intervals, in physical units.

        Raises:
            UserError: The framing is not in the comparison.
        """
        by_name = {each.framing.name: each for each in self.runs}
        name = framing.name if isinstance(framing, Framing) else str(framing)
        if name not in by_name:
            raise UserError(f"No framing {show_value(name)} was compared. {suggest_names(name, by_name)}")
        return tables.tabulate_forecasts(by_name[name].forecasts()[-1], self.folds)

    def _plots(self) -> Plots:
        return {
            "forecast": lambda: figures.plot_future(self.future),
            "errors": lambda: figures.plot_model_errors(self.result),
            **self._plot_losses(),
        }

    def _page(self) -> Any:
        from seqframe.reporting.html.pages import compose_backtest

        forecasts = [self.test_forecasts(each.framing.name) for each in self.runs]
        arguments = (self.settings, self.result, self.recommendation, self.folds, self.cards, self.runs, forecasts)
        return compose_backtest(*arguments, self.future, self.notes)


@dataclass(frozen=True, repr=False, eq=False)
class LabelComparison(ModelComparison):
    """Labels of sequences or of their steps: every framing and baseline on held-out sequences.

    Attributes:
        classifier: The refitted model.
    """

    result: LabelResult
    folds: LabelFolds
    baselines: tuple[ModelLabels, ...]
    runs: tuple[LabelRuns, ...]
    classifier: Any

    @property
    def best(self) -> Any:
        """The refitted model: `best.predict(df)` predicts labels and probabilities, `best.save(folder)` saves it."""
        return self.classifier

    @property
    def scores_by_class(self) -> pd.DataFrame:
        """Scores of the recommended model for each class, on the test sequences."""
        return metrics_by_class(label_tables.metric_inputs(self._recommended, self.folds), self.folds.whole.classes)

    @property
    def _recommended(self) -> ModelLabels:
        return {each.name: each for each in list_label_models(self.baselines, self.runs)}[
            self.recommendation.recommended
        ]

    def _plots(self) -> Plots:
        return {
            "confusion": self._plot_confusion,
            **self._plot_losses(),
        }

    def _plot_confusion(self) -> Any:
        model = self._recommended
        matrix = confusion_matrix(label_tables.metric_inputs(model, self.folds))
        return label_figures.plot_confusion(matrix, self.folds.whole.classes, model.name)

    def _page(self) -> Any:
        from seqframe.reporting.html.label_pages import compose_labels

        arguments = (self.settings, self.result, self.recommendation, self.folds, self.cards, self.runs)
        return compose_labels(*arguments, self._recommended, self.scores_by_class, self.notes)


@dataclass(frozen=True, eq=False)
class TrainedNetwork:
    """One trained network of a comparison.

    Attributes:
        framing: Its framing.
        network: Its layers and weights.
        history: Losses of the training.
        predictions: All predicted and actual values, in physical units.
        scores: Metrics by split.
    """

    framing: Framing
    network: NetworkState
    history: TrainingHistory
    predictions: pd.DataFrame
    scores: Scores

    def to_keras(self) -> Any:
        """The network as a Keras model of built-in layers."""
        from seqframe.networks.build import export_keras

        return export_keras(self.network)

    def save(self, path: str | Path) -> None:
        """Write a `.keras` file, which plain Keras loads."""
        self.to_keras().save(Path(path))


@dataclass(frozen=True, repr=False, eq=False)
class NetworkComparison(Comparison):
    """One network per framing, on generated sequences or on the windows of a table.

    Attributes:
        dataset: The data.
        board: The leaderboard.
        networks: The trained networks by framing.
        cards: Their descriptions.
    """

    dataset: SequenceDataset
    board: pd.DataFrame
    networks: Mapping[str, TrainedNetwork]
    cards: tuple[NetworkCard, ...]
    _table_name: ClassVar[str] = "comparison"

    @property
    def leaderboard(self) -> pd.DataFrame:
        """One row per framing, and one per baseline."""
        return self.board

    @property
    def conclusion(self) -> str:
        """The conclusion in sentences, one per line."""
        return "\n".join(summarize_comparison(self.board))

    @property
    def best(self) -> TrainedNetwork:
        """The network with the smallest test error, or training error without test sequences."""
        column = "test_mae" if "test_mae" in self.board else "mae"
        rows = self.board[self.board["framing"].isin(self.networks)].sort_values([column, "final_loss"], kind="stable")
        return self.networks[str(rows["framing"].iloc[0])]

    def _plots(self) -> Plots:
        return {
            "losses": lambda: figures.plot_losses([each.history for each in self.networks.values()]),
            **{
                f"predictions of {name}": partial(figures.plot_predictions, network.predictions, name)
                for name, network in self.networks.items()
            },
        }

    def _page(self) -> Any:
        from seqframe.reporting.html.pages import compose_comparison

        networks: Sequence[TrainedNetwork] = list(self.networks.values())
        histories, predictions = [each.history for each in networks], [each.predictions for each in networks]
        sentences = summarize_comparison(self.board)
        return compose_comparison(self.settings, sentences, self.board, self.cards, histories, predictions)
