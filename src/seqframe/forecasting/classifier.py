"""The saved model of labels: sequences in, labels and probabilities out. TensorFlow is imported only for networks."""

from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field

from seqframe.config import DataSettings, ModelSettings, TaskSettings
from seqframe.data.label_dataset import LabelDataset, check_scaled
from seqframe.data.scalers import ALL, Scaler
from seqframe.data.sequence_tables import read_sequence_columns
from seqframe.data.sequences import MISSING_LABEL, Sequences
from seqframe.data.table_input import to_raw_table
from seqframe.data.windows import Floats
from seqframe.errors import UserError, list_names
from seqframe.forecasting.fitted import Fitted
from seqframe.forecasting.label_baselines import LabelBaseline, label_baselines
from seqframe.forecasting.label_table import tabulate_probabilities
from seqframe.forecasting.saved_model import load_model, read_config, read_fitted, read_networks, save_model
from seqframe.framings import find_framing
from seqframe.framings.sequences import make_label_spec, predict_labels
from seqframe.networks.spec import NetworkSpec, NetworkState


class ClassifierConfig(BaseModel):
    """Configuration of a classifier: how a table becomes network inputs, and network outputs become labels.

    Attributes:
        framing: Name of the framing; empty for a baseline.
        baseline: Name of the baseline; empty for networks.
        data_settings: Roles of the columns of the training table, and how text is encoded.
        task: The prediction task.
        model: Settings of the networks.
        features: Inputs of a step, after text is encoded.
        classes: Names of the classes, in the order of the outputs.
        multi_label: Whether several classes may hold at once.
        categories: Names of the categories of each input that holds codes.
        step_shape: Shape of one step where it is no vector.
        columns: The scaled inputs.
        offset: Offset of the scaler: (1, features), physical units.
        span: Span of the scaler: (1, features), physical units.
        constant: Whether an input is constant in the training sequences: (1, features).
        fill: Value of each input where it is missing, physical units.
        steps: Number of steps of the longest training sequence; others may be longer.
        seeds: Number of networks, whose probabilities are averaged; 0 for a baseline.
        n_sequences: Number of sequences of the training table.
        trained_at: Time of training, for example 2001-12-31 23:59 UTC.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    framing: str = ""
    baseline: str = ""
    data_settings: DataSettings
    task: TaskSettings
    model: ModelSettings
    features: tuple[str, ...]
    classes: tuple[str, ...]
    multi_label: bool
    categories: tuple[tuple[str, tuple[str, ...]], ...]
    step_shape: tuple[int, ...]
    columns: tuple[str, ...]
    offset: list[list[float]]
    span: list[list[float]]
    constant: list[list[bool]]
    fill: list[float]
    steps: int = Field(ge=1)
    seeds: int = Field(ge=0, default=0)
    n_sequences: int
    trained_at: str

    @property
    def name(self) -> str:
        """Name of the framing or of the baseline."""
        return self.baseline or find_framing(self.framing).title

    @property
    def per_step(self) -> bool:
        """Whether every step has a label."""
        return self.task.kind == "label"

    @property
    def about(self) -> str:
        """One line that identifies the model."""
        networks = f"mean of {self.seeds} networks, " if self.seeds > 1 else "one network, "
        trained = f"trained {self.trained_at} on {self.data_settings.name} ({self.n_sequences} sequences)"
        return f"{self.name}, {networks if self.seeds else ''}{trained}"

    @property
    def card(self) -> dict[str, str]:
        """Model card: properties by name."""
        id_name, time_name = self.data_settings.id_name, self.data_settings.time_name
        return {
            **({"framing": self.framing, "networks": str(self.seeds)} if self.framing else {"baseline": self.baseline}),
            "task": self.task.kind,
            "trained at": self.trained_at,
            "table": self.data_settings.name,
            "sequences": str(self.n_sequences),
            **({"id column": id_name} if id_name else {}),
            **({"time column": time_name} if time_name else {}),
            "features": list_names(list(self.features)),
            "classes": list_names(list(self.classes)),
            "missing": self.data_settings.missing,
        }

    def dataset(self, sequences: Sequences) -> LabelDataset:
        """Sequences to predict, with the scaler of the training sequences; all are test sequences."""
        every = np.arange(len(sequences), dtype=np.intp)
        splits = MappingProxyType({"train": every[:0], "validation": every[:0], "test": every})
        scaler = Scaler(self.columns, ALL, np.array(self.offset), np.array(self.span), np.array(self.constant))
        return LabelDataset(sequences, splits, scaler, np.array(self.fill), self.data_settings, self.task)

    def example(self) -> Sequences:
        """A sequence of zeros, as long as the longest training sequence, which has the shapes of the network."""
        n_rows = self.steps if self.per_step else 1
        return Sequences(
            values=np.zeros((self.steps, len(self.features))),
            lengths=np.array([self.steps], np.intp),
            labels=np.full((n_rows, len(self.classes) if self.multi_label else 1), MISSING_LABEL, np.int64),
            classes=self.classes,
            features=self.features,
            ids=("1",),
            per_step=self.per_step,
            multi_label=self.multi_label,
            categories=self.categories,
            step_shape=self.step_shape,
        )


@dataclass(frozen=True, repr=False)
class Classifier:
    """Networks of one framing that were trained from several seeds, or a fitted baseline; and the configuration."""

    config: ClassifierConfig
    networks: tuple[NetworkState, ...] = ()
    fitted: Fitted = field(default_factory=dict)

    def predict(self, table: Any, name: str = "the table") -> pd.DataFrame:
        """Labels and probabilities of the sequences of a table, which needs no column of labels.

        The table, in memory or the path of one, has the columns of the training table in physical units: the id and
        time columns, if any, and the inputs. The result has one row per sequence, or per step where every step has a
        label: `id`, `step`, `label` and `p_<class>` for each class. Messages call the table `name`.

        Raises:
            UserError: A column is missing or cannot be read, a category is not one of the training table, or a value is
                far beyond the range of the training table.
        """
        config = self.config
        settings = config.data_settings
        raw = to_raw_table(table, settings.csv)
        if not len(raw.columns):
            raise UserError(f"A prediction needs a table with rows. Received: {name} without any. Add sequences.")
        sequences = read_sequence_columns(raw, settings, config.per_step, name, classes=config.classes)
        dataset = config.dataset(sequences)
        check_scaled(sequences, dataset.scaler, f"Fix the value in {name}.")
        return tabulate_probabilities(self.probabilities(dataset), sequences, dataset.splits["test"])

    def probabilities(self, dataset: LabelDataset) -> Floats:
        """Probabilities of all sequences of a dataset: (rows, classes)."""
        numbers = dataset.splits["test"]
        if self.config.baseline:
            return _find_baseline(self.config).predict(self.fitted, dataset, numbers)
        from seqframe.networks.build import predict

        framing = find_framing(self.config.framing)
        runs = [predict_labels(partial(predict, network), framing, dataset, numbers) for network in self.networks]
        mean: Floats = np.mean(runs, axis=0)
        return mean

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.config.about}>"

    def save(self, folder: str | Path) -> None:
        """Write the configuration, and one `.keras` file of stock layers per network or the arrays of a baseline."""
        save_model(Path(folder), self.config, self.networks, self.fitted)

    @classmethod
    def load(cls, folder: Any) -> "Classifier":
        """Load a saved classifier.

        Raises:
            UserError: The folder has no classifier, or one of another version.
        """
        return load_model(folder, _read_classifier, "A prediction")


def _read_classifier(path: Path) -> Classifier:
    config = ClassifierConfig.model_validate_json(read_config(path, "labels"))
    if not config.baseline:
        return Classifier(config, read_networks(path, _make_spec(config), config.seeds))
    _find_baseline(config)
    return Classifier(config, fitted=read_fitted(path))


def _find_baseline(config: ClassifierConfig) -> LabelBaseline:
    return next(each for each in label_baselines(config.task) if each.name == config.baseline)


def _make_spec(config: ClassifierConfig) -> NetworkSpec:
    example = config.dataset(config.example())
    example = replace(example, splits={**example.splits, "train": example.splits["test"]})
    return make_label_spec(example, find_framing(config.framing), config.model)
