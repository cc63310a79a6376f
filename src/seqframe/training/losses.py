"""Losses of training, by the names of the setting `training.loss`."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from seqframe.config import TrainingSettings
from seqframe.data.sequences import MISSING_LABEL
from seqframe.networks.spec import Dense, LayerSpec, NetworkSpec, Shape, TimeDistributed

CROSS_ENTROPIES = ("sparse_categorical_crossentropy", "binary_crossentropy")


@dataclass(frozen=True)
class LossConfig:
    """The loss that a network is trained with.

    Attributes:
        name: A name in `LOSSES`.
        delta: For `huber`: errors above it count linearly, smaller ones by their square.
        quantiles: For `quantile`: the levels, between 0 and 1.
        keras_loss: For `keras`: the loss, an instance of `keras.losses.Loss`, which may be a class of your own.
    """

    name: str = "mse"
    delta: float = 1.0
    quantiles: tuple[float, ...] = ()
    keras_loss: Any = None

    @property
    def counts_labels(self) -> bool:
        """Whether the targets are labels, which may be missing."""
        return self.name in CROSS_ENTROPIES

    @property
    def title(self) -> str:
        """Name in reports."""
        return LOSSES[self.name].title

    def make(self) -> Any:
        """The Keras loss. A cross-entropy takes logits, and is the mean over the labels that are not missing."""
        return LOSSES[self.name].make(self)

    def target_shape(self, outputs: Shape) -> Shape:
        """The shape of the targets for the shape of the outputs: one target has several outputs in some losses."""
        if self.name == "sparse_categorical_crossentropy":
            return (*outputs[:-1], 1)
        return (*outputs[:-1], outputs[-1] // (len(self.quantiles) or 1))

    def weights_shape(self, outputs: Shape) -> Shape:
        """The shape of the class weights: (classes,), or (classes, 2) for the labels 0 and 1 of each class."""
        if not self.counts_labels:
            return ()
        return (outputs[-1], 2) if self.name == "binary_crossentropy" else (outputs[-1],)

    def prepare(self, y: Any, y_pred: Any, class_weights: Any) -> tuple[Any, Any, Any]:
        """Targets, outputs and weights for the Keras loss. The weight of a missing label is 0.

        Without labels there are no weights. With labels, `y` has codes (..., 1) or 0 and 1 (..., classes), and `y_pred`
        has logits (..., classes). A label counts even if its step is masked.
        """
        return LOSSES[self.name].prepare(y, y_pred, class_weights)


MSE = LossConfig()


def loss_of_values(training: TrainingSettings) -> LossConfig:
    """The loss of the settings where numbers are predicted."""
    if training.keras_loss is not None:
        return LossConfig("keras", keras_loss=training.keras_loss)
    if training.loss == "auto":
        return MSE
    return LossConfig(training.loss, training.huber_delta, training.forecast_quantiles)


def as_keras_loss(loss: Any) -> Any:
    """A Keras loss from a loss of Keras, or its class, or from a function of targets and predictions."""
    from seqframe.networks.backend import keras

    if isinstance(loss, type) and issubclass(loss, keras.losses.Loss):
        return loss()
    if isinstance(loss, keras.losses.Loss):
        return loss

    class FunctionLoss(keras.losses.Loss):  # type: ignore[misc]
        """The mean of a function of targets and predictions."""

        def call(self, y_true: Any, y_pred: Any) -> Any:
            return loss(y_true, y_pred)

    return FunctionLoss()


@dataclass(frozen=True)
class Loss:
    """One entry of the registry.

    Attributes:
        title: Name in reports.
        make: The Keras loss.
        prepare: Targets, outputs and class weights -> targets, outputs and sample weights for the Keras loss.
    """

    title: str
    make: Callable[[LossConfig], Any]
    prepare: Callable[[Any, Any, Any], tuple[Any, Any, Any]] = field(default=lambda y, y_pred, _: (y, y_pred, None))


def _weigh_codes(y: Any, y_pred: Any, class_weights: Any) -> tuple[Any, Any, Any]:
    """One code for all classes: y (..., 1), y_pred (..., classes), class_weights (classes,)."""
    from seqframe.networks.backend import tf

    codes = tf.cast(y[..., 0], tf.int32)
    known = codes != MISSING_LABEL
    codes = tf.where(known, codes, 0)
    weights = tf.where(known, tf.gather(class_weights, codes), 0.0)
    return codes[..., None], tf.identity(y_pred), weights  # the copy of `y_pred` has no mask


def _weigh_flags(y: Any, y_pred: Any, class_weights: Any) -> tuple[Any, Any, Any]:
    """0 or 1 for each class: y and y_pred (..., classes), class_weights (classes, 2)."""
    from seqframe.networks.backend import tf

    known = y != MISSING_LABEL
    weights = tf.where(y > 0, class_weights[:, 1], class_weights[:, 0])
    targets = tf.where(known, y, 0.0)
    return targets[..., None], y_pred[..., None], tf.where(known, weights, 0.0)


def _add_levels(y: Any, y_pred: Any, _: Any) -> tuple[Any, Any, Any]:
    """Shape y as (..., targets, 1) and y_pred as (..., targets, quantiles)."""
    from seqframe.networks.backend import tf

    return y[..., None], tf.reshape(y_pred, tf.concat([tf.shape(y), [-1]], axis=0)), None


def _pinball_loss(config: LossConfig) -> Any:
    """The pinball loss, whose minimum is the quantile: q * error above the forecast, (1 - q) * -error below it.

    Source: Koenker and Bassett, "Regression quantiles", Econometrica 46 (1978).
    """
    from seqframe.networks.backend import keras, tf

    levels = tf.constant(config.quantiles)

    class PinballLoss(keras.losses.Loss):  # type: ignore[misc]
        def call(self, y_true: Any, y_pred: Any) -> Any:
            errors = y_true - y_pred
            return tf.reduce_mean(tf.maximum(levels * errors, (levels - 1) * errors), axis=-1)

    return PinballLoss()


def _keras_loss(name: str, arguments: Callable[[LossConfig], dict[str, Any]] = lambda _: {}) -> Callable[..., Any]:
    """Makes the loss of a name in `keras.losses`."""

    def make(config: LossConfig) -> Any:
        from seqframe.networks.backend import keras

        return getattr(keras.losses, name)(**arguments(config))

    return make


def _of_logits(_: LossConfig) -> dict[str, Any]:
    return {"from_logits": True, "reduction": "mean_with_sample_weight"}


LOSSES = {
    "mse": Loss("mean squared error in scaled units", _keras_loss("MeanSquaredError")),
    "mae": Loss("mean absolute error in scaled units", _keras_loss("MeanAbsoluteError")),
    "huber": Loss("Huber error in scaled units", _keras_loss("Huber", lambda config: {"delta": config.delta})),
    "keras": Loss("loss of your own", lambda config: config.keras_loss),
    "quantile": Loss("mean pinball loss in scaled units", _pinball_loss, _add_levels),
    "sparse_categorical_crossentropy": Loss(
        "cross-entropy", _keras_loss("SparseCategoricalCrossentropy", _of_logits), _weigh_codes
    ),
    "binary_crossentropy": Loss("cross-entropy", _keras_loss("BinaryCrossentropy", _of_logits), _weigh_flags),
}


def logits_spec(spec: NetworkSpec, config: LossConfig) -> NetworkSpec:
    """The network that is trained: with a cross-entropy, the output layer without its softmax or sigmoid.

    The weights are the same. The logarithm of a probability near 0 would be inaccurate, and would have no gradient.
    """
    return replace(spec, head=_without_activation(spec.head)) if config.counts_labels else spec


def _without_activation(head: LayerSpec) -> LayerSpec:
    if isinstance(head, TimeDistributed):
        return TimeDistributed(_without_activation(head.layer))
    return replace(head, activation="linear") if isinstance(head, Dense) else head
