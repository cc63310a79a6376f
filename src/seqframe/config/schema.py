"""The settings, typed and frozen, by group: data, task, model, training, backtest, experiments, sweep and execution."""

from typing import Annotated, Any, Literal

from pydantic import Field, PrivateAttr, field_validator, model_validator

from seqframe.config.data_settings import (
    DataSettings,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveInt,
    SettingsGroup,
)
from seqframe.config.sweep_settings import SweepSettings
from seqframe.errors import show_value

DEFAULT = "default"  # the key of `training.epochs` for all framings that have no entry of their own
RUNTIME_ONLY = {"resume", "checkpoint_every_s"}  # training settings that do not change any result

LABEL_KINDS = ("classify", "label")  # values of `task.kind` that predict classes, of whole sequences
FORECAST_ONLY = {  # settings that a task with labels does not use, and the value without an effect
    "data.resample": None,
    "data.wide_columns": None,
    "data.future_covariates": None,
    "data.past_covariates": None,
    "data.static_covariates": None,
    "data.transform": "none",
    "data.calendar": "none",
    "data.lower_bound": None,
    "data.upper_bound": None,
    "task.lookback": None,
    "task.stride": 1,
    "task.instance_norm": "none",
    "task.recursive_norm": None,
    "task.channels": "joint",
    "training.head_init": "zero",
    "backtest.n_folds": None,
    "backtest.end": None,
    "backtest.embargo": 0,
}

Fraction = Annotated[float, Field(ge=0, lt=1)]
Share = Annotated[float, Field(gt=0, lt=1)]
Cell = Literal["lstm", "gru", "simple_rnn"]


class TaskSettings(SettingsGroup):
    """The prediction task: how targets align with inputs, in rows.

    Attributes:
        kind: Target of a window of `lookback` rows: `echo`, the same rows; `next_step`, for every row the row after
            it; `next_window`, the `lookback` rows after the window; `forecast`, `horizon` rows after the window. Or of
            a whole sequence: `classify`, one label; `label`, one label for each step.
        available: Inputs that the label of a step may depend on: `past`, the steps up to its own, or `whole`, all steps
            of the sequence.
        lookback: Rows of the input window; null means the longest that fits, or inferred for a forecast of a table.
        horizon: Rows to forecast; null means inferred for a forecast of a table.
        gap: Rows between the input window and the first forecast row.
        stride: Rows between the starts of consecutive windows.
        instance_norm: Instance normalization of every window: `none`, `mean` (relative to the mean of the window),
            `standard` (the mean and the standard deviation), `last` (relative to the last row), or `auto`, the one with
            the smallest error of ridge regression on validation rows.
        recursive_norm: Instance normalization of framings that forecast recursively, by the statistics of the rows read
            so far; null means `instance_norm`, `auto` selects by the error of a recursive ridge regression.
        channels: Several targets are predicted by one network from all of them (`joint`), or series by series with
            shared weights (`independent`, as in PatchTST); `auto` selects by the error of ridge regression.
        allow_leakage: Allow outputs to depend on inputs that are not available at prediction time.
    """

    kind: Literal["echo", "next_step", "next_window", "forecast", "classify", "label"]
    available: Literal["past", "whole"] = "past"
    lookback: PositiveInt | None = None
    horizon: PositiveInt | None = None
    gap: NonNegativeInt = 0
    stride: PositiveInt = 1
    instance_norm: Literal["auto", "none", "mean", "standard", "last"] = "none"
    recursive_norm: Literal["auto", "none", "mean", "standard", "last"] | None = None
    channels: Literal["auto", "joint", "independent"] = "joint"
    allow_leakage: bool = False

    @model_validator(mode="after")
    def _horizon_belongs_to_a_forecast(self) -> "TaskSettings":
        if self.kind != "forecast" and (self.horizon is not None or self.gap):
            raise ValueError(
                "`task.horizon` and `task.gap` apply to `task.kind=forecast` only. Received: "
                f"kind={self.kind}, horizon={self.horizon}, gap={self.gap}"
            )
        return self

    @model_validator(mode="after")
    def _whole_sequences_have_labels(self) -> "TaskSettings":
        if self.available == "whole" and not self.has_labels:
            raise ValueError(
                "`task.available=whole` applies to `task.kind=label` only. Received: "
                f"kind={self.kind}. Set task.available=past"
            )
        return self

    @property
    def has_labels(self) -> bool:
        """Whether classes are predicted, of whole sequences."""
        return self.kind in LABEL_KINDS

    @property
    def equal_lengths(self) -> bool:
        """Whether a window has as many target rows as input rows."""
        return self.kind != "forecast" or self.lookback == self.horizon


class ModelSettings(SettingsGroup):
    """The network.

    Attributes:
        units: Units of the recurrent layer.
        hidden_sizes: Units of stacked layers, from the input to the output; null means one layer of `units` (two in
            the pyramid framing).
        cell: Recurrent layer type: `lstm`, `gru` or `simple_rnn`.
        bidirectional: Wrap every recurrent layer in `Bidirectional`.
        head: Output layer of framings with one output per step: `time_distributed`, or `dense`, which computes the
            same.
        dropout: Dropout rate of the inputs of every recurrent layer.
        recurrent_dropout: Dropout rate of the recurrent state.
        kernel_l2: L2 penalty on the input weights of every hidden layer.
        recurrent_l2: L2 penalty on the recurrent weights.
        bias_l2: L2 penalty on the biases.
        linear_skip: Add the forecast of ridge regression to the output of framings that predict all horizon steps at
            once, so that the network learns what a linear model cannot.
        step_encoder: Layers that every step passes before the recurrent layers, with the same weights at every step:
            `none`, `dense`, `conv1d` (a convolution over the columns of a step), `conv2d` (a convolution over a step
            that is an image), or `embedding` (a learned vector for each category of a column with categories).
        encoder_units: Units of the dense step encoder, or filters of a convolution.
        encoder_kernel: Size of the kernel of a convolution, along each axis.
        encoder_strides: Positions by which the kernel moves, along each axis.
        encoder_pooling: Output of a convolution: `flatten`, all filters at all positions, or `average` over the
            positions.
        embedding_size: Values of the vector for a category.
    """

    units: PositiveInt
    hidden_sizes: list[PositiveInt] | None = None
    cell: Cell = "lstm"
    bidirectional: bool = False
    head: Literal["time_distributed", "dense"] = "time_distributed"
    dropout: Fraction = 0.0
    recurrent_dropout: Fraction = 0.0
    kernel_l2: NonNegativeFloat = 0.0
    recurrent_l2: NonNegativeFloat = 0.0
    bias_l2: NonNegativeFloat = 0.0
    linear_skip: bool = False
    step_encoder: Literal["none", "dense", "conv1d", "conv2d", "embedding"] = "none"
    encoder_units: PositiveInt = 16
    encoder_kernel: PositiveInt = 3
    encoder_strides: PositiveInt = 2
    encoder_pooling: Literal["flatten", "average"] = "flatten"
    embedding_size: PositiveInt = 8

    @model_validator(mode="after")
    def _codes_are_no_numbers(self) -> "ModelSettings":
        if self.linear_skip and self.step_encoder == "embedding":
            raise ValueError(
                "`model.linear_skip` reads all columns as numbers, so it needs another `model.step_encoder` than "
                "embedding. Received: linear_skip=true. Set one of them to its default"
            )
        return self

    @property
    def widths(self) -> tuple[int, ...]:
        """Units of every hidden layer, from the input to the output."""
        return tuple(self.hidden_sizes or (self.units,))


class TrainingSettings(SettingsGroup):
    """Training.

    Attributes:
        epochs: Number of epochs: one number, or a number by framing with `default` for all others.
        batch_size: Samples per update, or windows if a table is forecast; `full` means one update per epoch.
        learning_rate: Learning rate of the optimizer.
        lr_schedule: Learning rate schedule: `constant`; `cosine`, which decays to 0 in the last epoch; `exponential`,
            which multiplies the learning rate by `lr_decay_rate` in every `lr_decay_epochs` epochs; or `step`, the same
            at once at the end of these epochs.
        lr_decay_rate: Factor of the schedules `exponential` and `step`.
        lr_decay_epochs: Epochs in which they apply it once.
        shuffle: Shuffle the samples in every epoch; the order depends on the seed and the epoch.
        patience: Early stopping: epochs without a smaller loss before training stops and the best weights are
            restored; null means no early stopping.
        loss: Loss of values in scaled units: `mse`, `mae` or `huber` (mean squared, mean absolute or Huber error), or
            `quantile` (mean pinball loss), which forecasts the median and intervals between quantiles; `auto` means
            `mse`, and for labels the cross-entropy.
        quantiles: Levels of the quantiles that `quantile` predicts; the outermost ones are the ends of the intervals
            before they are calibrated.
        huber_delta: Errors above it count linearly in the Huber error, smaller ones by their square.
        head_init: Initial weights of the output layer of a network with `model.linear_skip`: `zero`, so that the
            untrained network is the ridge regression; or `ridge`, by ridge regression on the outputs of the untrained
            layers, which helps with thousands of windows.
        class_weight: Weights of the classes in the loss: `none`, or `balanced`, inversely proportional to the number of
            training labels.
        bucketing: Put sequences of similar length into one batch, if their lengths differ.
        optimizer: Optimizer, with the defaults of Keras: `adam`, `adamw`, `sgd` or `rmsprop`.
        momentum: Momentum of `sgd`; null means 0.
        weight_decay: Weight decay of `adamw`; null means 0.004.
        clipnorm: Largest norm of the gradient of one weight array; null means no clipping.
        backend: What trains networks: `tensorflow`, bit for bit as Keras' `fit`; or `auto`, compiled code, which is
            faster and equal up to rounding, where it supports the network and Numba is installed, else TensorFlow.
        seed: Random seed of the initial weights, of dropout and of shuffling.
        resume: Resume an interrupted run from its last checkpoint.
        checkpoint_every_s: Seconds between two checkpoints.
        n_seeds: Number of networks per framing that a seed study or a backtest trains, with the seeds 0, 1, 2, ...
    """

    epochs: PositiveInt | Annotated[dict[str, PositiveInt], Field(description="whole numbers by framing")]
    batch_size: PositiveInt | Literal["full"]
    learning_rate: Annotated[float, Field(gt=0)]
    lr_schedule: Literal["constant", "cosine", "exponential", "step"] = "constant"
    lr_decay_rate: Annotated[float, Field(gt=0, le=1)] = 0.5
    lr_decay_epochs: PositiveInt = 10
    shuffle: bool = False
    patience: PositiveInt | None = None
    loss: Literal["auto", "mse", "mae", "huber", "quantile"] = "auto"
    quantiles: list[float] = Field(default=[0.05, 0.5, 0.95])
    huber_delta: Annotated[float, Field(gt=0)] = 1.0
    head_init: Literal["zero", "ridge"] = "zero"
    class_weight: Literal["none", "balanced"] = "none"
    bucketing: bool = True
    optimizer: Literal["adam", "adamw", "sgd", "rmsprop"] = "adam"
    momentum: Fraction | None = None
    weight_decay: NonNegativeFloat | None = None
    clipnorm: Annotated[float, Field(gt=0)] | None = None
    backend: Literal["auto", "tensorflow"] = "tensorflow"
    resume: bool = True
    checkpoint_every_s: NonNegativeFloat = 2.0
    seed: Annotated[int, Field(ge=0, lt=2**31)]
    n_seeds: PositiveInt
    _keras_loss: Any = PrivateAttr(default=None)

    @model_validator(mode="after")
    def _epochs_cover_all(self) -> "TrainingSettings":
        if isinstance(self.epochs, dict) and DEFAULT not in self.epochs:
            raise ValueError(
                f"`training.epochs` by framing needs an entry `{DEFAULT}` for all other framings. "
                f"Received: {show_value(self.epochs)}"
            )
        return self

    @model_validator(mode="after")
    def _options_belong_to_the_optimizer(self) -> "TrainingSettings":
        for name, optimizer in (("momentum", "sgd"), ("weight_decay", "adamw")):
            if getattr(self, name) is not None and self.optimizer != optimizer:
                raise ValueError(
                    f"`training.{name}` applies to `training.optimizer={optimizer}` only. Received: "
                    f"optimizer={self.optimizer}, {name}={getattr(self, name):g}. Set one of them"
                )
        return self

    @field_validator("quantiles")
    @classmethod
    def _quantiles_enclose_the_median(cls, quantiles: list[float]) -> list[float]:
        levels = [0.0, *quantiles, 1.0]
        if levels != sorted(set(levels)) or 0.5 not in levels[2:-2]:
            raise ValueError(
                "`training.quantiles` must be ascending numbers between 0 and 1, with 0.5, and others below and above "
                f"it. Received: {show_value(quantiles)}"
            )
        return quantiles

    @property
    def keras_loss(self) -> Any:
        """A Keras loss of your own, instead of `loss`; None if there is none. No file and no command can set it."""
        return self._keras_loss

    def with_keras_loss(self, loss: Any) -> "TrainingSettings":
        """The same settings with a Keras loss of your own."""
        settings = self.model_copy()
        settings._keras_loss = loss
        return settings

    @property
    def forecast_quantiles(self) -> tuple[float, ...]:
        """The quantiles that a network predicts; none with another loss."""
        return tuple(self.quantiles) if self.loss == "quantile" else ()

    def epochs_of(self, framing: str) -> int:
        """Number of epochs of a framing."""
        if isinstance(self.epochs, int):
            return self.epochs
        return self.epochs.get(framing, self.epochs[DEFAULT])

    def named_framings(self) -> set[str]:
        """Framings that have an entry in `epochs`."""
        return set(self.epochs) - {DEFAULT} if isinstance(self.epochs, dict) else set()

    def batch_of(self, samples: int, stateful: bool = False) -> int:
        """Batch size for a number of samples; a stateful network is trained sample by sample."""
        if stateful:
            return 1
        return samples if self.batch_size == "full" else min(self.batch_size, samples)


class BacktestSettings(SettingsGroup):
    """Evaluation of forecasts on held-out rows of a table, or of labels on held-out sequences.

    Attributes:
        n_folds: Number of folds with an expanding training split; null means as many as fit, up to 3.
        val_size: Rows of a validation split (early stopping, interval calibration), or the time of its first row; null
            means inferred. For labels, the number of sequences, or their share of those that are not test sequences;
            null means 0.2.
        test_size: Rows of a test split, or the time of its first row; null means inferred. For labels, the number of
            sequences or their share; null means 0.2. A published split has its own.
        end: Time of the last row of the last test split; null means the newest row.
        embargo: Rows skipped between the splits.
        interval_level: Nominal coverage of the prediction intervals.
        framings: Framings that `compare` trains; null means all that support the settings.
        baselines: Fitted baselines that take part, such as `ridge` or `AutoETS`; null means all that are quick. The
            naive baselines always take part.
        max_forecasts: Most forecast times in a validation or test split; where a split has more, evenly spaced ones
            are used. Null means all.
        refit: Framing or baseline that is refitted on all rows and saved; null means the recommended one.
    """

    n_folds: PositiveInt | None = None
    val_size: PositiveInt | Share | str | None = None
    test_size: PositiveInt | Share | str | None = None
    end: str | int | None = None
    embargo: NonNegativeInt = 0
    interval_level: Annotated[float, Field(gt=0, lt=1)] = 0.9
    framings: str | Annotated[list[str], Field(min_length=1)] | None = None
    baselines: str | list[str] | None = None
    max_forecasts: PositiveInt | None = 5000
    refit: str | None = None

    @property
    def named_framings(self) -> list[str] | None:
        """The names in `framings`, as a list."""
        return [self.framings] if isinstance(self.framings, str) else self.framings

    @property
    def named_baselines(self) -> list[str] | None:
        """The names in `baselines`, as a list."""
        return [self.baselines] if isinstance(self.baselines, str) else self.baselines


class ExperimentsSettings(SettingsGroup):
    """The experiments that answer the questions of the tutorial's readers.

    Attributes:
        only: The one experiment to run, such as `Q4`; null means all.
        n_seeds: Number of networks per configuration.
    """

    only: Annotated[str, Field(pattern=r"^Q([1-9]|1[0-8])$", description="an experiment from Q1 to Q18")] | None = None
    n_seeds: PositiveInt = 3


class ExecutionSettings(SettingsGroup):
    """Where networks are trained. These settings change no result.

    Attributes:
        kind: `serial`, in one process, one network after the other or the seeds of a fold at once; `processes`, several
            at once in worker processes; `dask`, on a Dask cluster; `auto`, processes where they save time.
        workers: Number of worker processes on this machine; null means one for each core.
        address: Address of a Dask scheduler, such as `tcp://127.0.0.1:8786`; null starts a cluster on this machine.
    """

    kind: Literal["auto", "serial", "processes", "dask"] = "auto"
    workers: PositiveInt | None = None
    address: str | None = None

    @model_validator(mode="after")
    def _an_address_belongs_to_dask(self) -> "ExecutionSettings":
        if self.address is not None and self.kind != "dask":
            raise ValueError(
                f"`execution.address` applies to `execution.kind=dask` only. Received: kind={self.kind}, "
                f"address={show_value(self.address)}. Set kind=dask, or address to null"
            )
        return self


class Settings(SettingsGroup):
    """All settings, as in `conf/` and after `--params`."""

    data: DataSettings
    task: TaskSettings
    model: ModelSettings
    training: TrainingSettings
    backtest: BacktestSettings = BacktestSettings()
    experiments: ExperimentsSettings = ExperimentsSettings()
    sweep: SweepSettings = SweepSettings()
    execution: ExecutionSettings = ExecutionSettings()

    @property
    def forecasts_a_table(self) -> bool:
        """Whether the task is a forecast of a table, which is evaluated in a backtest."""
        return self.data.is_table and self.task.kind == "forecast"

    def trains_many(self, pipeline: str) -> bool:
        """Whether a pipeline trains several networks per framing."""
        return pipeline == "seed_study" or self.forecasts_a_table or self.task.has_labels

    @model_validator(mode="after")
    def _auto_needs_a_forecast(self) -> "Settings":
        selected = {
            "task.instance_norm": self.task.instance_norm,
            "task.recursive_norm": self.task.recursive_norm,
            "task.channels": self.task.channels,
            "data.transform": self.data.transform,
            "data.calendar": self.data.calendar,
        }
        for name, value in selected.items():
            if value == "auto" and not self.forecasts_a_table:
                raise ValueError(
                    f"`{name}=auto` needs a forecast of a table (`task.kind=forecast` and `data.path`). "
                    f"Received: task.kind={self.task.kind}. Set another value"
                )
        return self

    @model_validator(mode="after")
    def _settings_of_labels(self) -> "Settings":
        received = f"Received: task.kind={self.task.kind}"
        if self.task.has_labels:
            self._check_forecast_settings()
            if self.training.loss != "auto":
                raise ValueError(
                    f"labels are trained with a cross-entropy. {received}, training.loss={self.training.loss}. "
                    "Set `training.loss` to auto"
                )
            return self
        if self.training.loss == "quantile" and not self.forecasts_a_table:
            raise ValueError(
                "`training.loss=quantile` needs a forecast of a table (`task.kind=forecast` and `data.path`). "
                f"{received}. Set it to mae"
            )
        if self.training.head_init == "ridge" and not self.model.linear_skip:
            raise ValueError(
                "`training.head_init=ridge` needs networks with `model.linear_skip=true`. Received: linear_skip=false. "
                "Set `model.linear_skip=true`, or `training.head_init=zero`"
            )
        if self.training.class_weight != "none":
            raise ValueError(f"`training.class_weight` applies to labels. {received}. Set it to none")
        if self.data.missing == "mask":
            raise ValueError(f"`data.missing=mask` applies to sequences with labels. {received}. Set ffill")
        if self.data.split_column is not None:
            raise ValueError(f"`data.split_column` applies to sequences with labels. {received}. Set it to null")
        for name in ("n_folds", "val_size", "test_size"):
            size = getattr(self.backtest, name)
            if isinstance(size, float):
                raise ValueError(
                    f"`backtest.{name}` must be a whole number of rows, or a time. Received: {size:g}, a share, which "
                    "applies to sequences with labels"
                )
            if size is not None and not self.forecasts_a_table:
                raise ValueError(
                    f"`backtest.{name}` needs a forecast of a table (`task.kind=forecast` and `data.path`). "
                    f"{received}, backtest.{name}={show_value(size)}. Set it to null"
                )
        return self

    def _check_forecast_settings(self) -> None:
        """Refuse settings of forecasts in a task with labels, where they would have no effect."""
        for name, unused in FORECAST_ONLY.items():
            group, leaf = name.split(".")
            value = getattr(getattr(self, group), leaf)
            if value != unused and not (name == "backtest.n_folds" and value == 1):
                raise ValueError(
                    f"`{name}` applies to numbers that are predicted, not to labels. Received: task.kind="
                    f"{self.task.kind}, {name}={show_value(value)}. Set it to {'null' if unused is None else unused}"
                )

    @model_validator(mode="after")
    def _lengths_are_given(self) -> "Settings":
        task = self.task
        if task.kind == "forecast" and not self.forecasts_a_table and None in (task.lookback, task.horizon):
            raise ValueError(
                "a forecast of generated data needs `task.lookback` and `task.horizon`. Received: "
                f"lookback={task.lookback}, horizon={task.horizon}"
            )
        return self
