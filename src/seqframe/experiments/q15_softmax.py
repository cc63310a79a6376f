"""Q15: TimeDistributed(Dense) with softmax and Dense with softmax, on masked steps, with the same weights."""

from typing import Any

import numpy as np
import pandas as pd

from seqframe.experiments.base import Experiment, ExperimentContext, Finding

LENGTHS, FEATURES, UNITS, CLASSES = (7, 4, 2, 6), 3, 5, 4
PAD = -1.0  # of all inputs of a padded step
ROUNDING = 1e-6
COMPARED = ("outputs", "loss", "gradient of the kernel", "gradient of the bias")


def run(context: ExperimentContext) -> Finding:
    """Compare outputs, Keras' loss of padded sequences, and gradients; and Keras' loss with the mean of valid steps."""
    random = np.random.default_rng(0)
    valid = np.arange(max(LENGTHS)) < np.array(LENGTHS)[:, None]  # (sequences, steps)
    X = np.where(valid[..., None], random.normal(size=(*valid.shape, FEATURES)), PAD).astype(np.float32)
    y = random.integers(0, CLASSES, valid.shape)
    dense, wrapped = _make_model(wrapped=False), _make_model(wrapped=True)
    wrapped.set_weights(dense.get_weights())
    pairs = zip(_results(dense, X, y), _results(wrapped, X, y), strict=True)
    differences = [float(np.max(np.abs(np.subtract(one, other)))) for one, other in pairs]
    probabilities = np.take_along_axis(np.array(dense(X)), y[..., None], axis=-1)[..., 0]
    losses = -np.log(probabilities)  # (sequences, steps)
    keras_loss = float(_results(dense, X, y)[1])
    table = pd.DataFrame({"compared": COMPARED, "max difference": differences})
    sentence = conclude(max(differences), keras_loss, float(losses[valid].mean()), float(losses.mean()))
    return Finding(max(differences), sentence, table)


def _make_model(wrapped: bool) -> Any:
    """A stock Keras tagger of padded sequences."""
    from seqframe.networks.backend import keras

    keras.utils.set_random_seed(0)
    head = keras.layers.Dense(CLASSES, activation="softmax")
    layers = [
        keras.Input((max(LENGTHS), FEATURES)),
        keras.layers.Masking(PAD),
        keras.layers.LSTM(UNITS, return_sequences=True),
        keras.layers.TimeDistributed(head) if wrapped else head,
    ]
    model = keras.Sequential(layers)
    model.compile(loss="sparse_categorical_crossentropy")
    return model


def _results(model: Any, X: Any, y: Any) -> list[Any]:
    """Outputs, loss, and the gradients of the output layer, as `fit` computes them."""
    from seqframe.networks.backend import tf

    with tf.GradientTape() as tape:
        outputs = model(X, training=True)
        loss = model.compute_loss(x=X, y=tf.constant(y), y_pred=outputs)
    return [outputs, loss, *tape.gradient(loss, model.trainable_variables[-2:])]


def conclude(difference: float, keras_loss: float, valid_mean: float, mean: float) -> str:
    """The conclusion, from the largest difference, and Keras' loss with the means over valid and over all steps."""
    if difference > ROUNDING:
        return f"No: with the same weights outputs, loss or gradients differ by up to {difference:.1g}."
    start = f"Yes: outputs, loss and gradients are the same with the same weights (max difference {difference:.1g})."
    if abs(keras_loss - valid_mean) < ROUNDING * 10:
        return (
            f"{start} Both pass the mask on, and the loss is the mean over the steps that are not padded: "
            f"{keras_loss:.4f}, against {mean:.4f} over all steps."
        )
    return f"{start} But the loss, {keras_loss:.4f}, is not the mean over the valid steps, {valid_mean:.4f}."


Q15 = Experiment(
    name="Q15",
    text="Is TimeDistributed(Dense) with softmax the same as Dense with softmax, masks included?",
    quantity="Max absolute difference of outputs, loss and gradients",
    method=(
        f"Two stock Keras taggers with Masking and the same weights read the same sequences of {min(LENGTHS)} to "
        f"{max(LENGTHS)} steps, padded to {max(LENGTHS)}. Keras' loss is compared with a mean of our own."
    ),
    run=run,
)
