"""Epochs of one framing of the tutorial: Seqframe's epoch loop, or `model.fit` on stock Keras layers.

    python -m benchmarks.workers.epochs seqframe many_to_many

Nothing is built before the first request, so its time includes building and tracing.
"""

from collections.abc import Callable
from functools import cache, partial
from typing import Any

from benchmarks.problem import find_framing, make_problem, read_tutorial, settings
from benchmarks.workers.loop import Work, serve
from seqframe.networks.recurrent_layers import LSTM
from seqframe.networks.spec import Dense, LayerSpec, NetworkSpec, TimeDistributed


def build(contender: str, name: str) -> tuple[Work, str]:
    """The training of a contender, and its description."""
    tutorial = read_tutorial()
    spec, X, y = make_problem(find_framing(name), tutorial["data"]["sequence_length"], tutorial["model"]["units"])
    train = train_seqframe(spec, X, y) if contender == "seqframe" else train_keras(spec, X, y)
    return train, contender


def train_seqframe(spec: NetworkSpec, X: Any, y: Any) -> Work:
    """Epochs as trained by the pipelines."""
    from seqframe.networks.build import init_network
    from seqframe.training.trainer import train

    network = cache(partial(init_network, spec, settings(1).seed))

    def work(count: int) -> float:
        _, history = train(network(), X, y, settings(count))
        return history.losses[-1]

    return work


def train_keras(spec: NetworkSpec, X: Any, y: Any) -> Work:
    """Epochs of `model.fit`, without output, unshuffled, with all samples in one batch."""
    import keras

    @cache
    def compiled() -> Any:
        layers = [keras_layer(keras, layer) for layer, _ in spec.layers().values()]
        model = keras.Sequential([keras.Input(spec.input_shape), *layers])
        model.compile(loss="mse", optimizer=keras.optimizers.Adam(settings(1).learning_rate))
        return model

    def work(count: int) -> float:
        fitted = compiled().fit(X, y, epochs=count, batch_size=len(X), shuffle=False, verbose=0)
        return float(fitted.history["loss"][-1])

    return work


def keras_layer(keras: Any, layer: LayerSpec) -> Any:
    """The stock Keras layer of a layer spec."""
    make: dict[type, Callable[[Any], Any]] = {
        LSTM: lambda lstm: keras.layers.LSTM(lstm.units, return_sequences=lstm.return_sequences, dropout=lstm.dropout),
        Dense: lambda dense: keras.layers.Dense(dense.units),
        TimeDistributed: lambda head: keras.layers.TimeDistributed(keras_layer(keras, head.layer)),
    }
    return make[type(layer)](layer)


if __name__ == "__main__":
    serve(build)
