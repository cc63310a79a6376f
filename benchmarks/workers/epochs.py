"""Epochs of one framing of the tutorial: Seqframe's runner, or `model.fit` on stock Keras layers.

    python -m benchmarks.workers.epochs seqframe many_to_many

Nothing is built before the first request, so that its time holds building and tracing too.
"""

from collections.abc import Callable
from functools import cache, partial
from typing import Any

from benchmarks.posing import find_framing, pose, read_tutorial, settings
from benchmarks.workers.serving import Work, serve
from seqframe.networks.spec import Dense, LayerSpec, NetworkSpec, Recurrent, TimeDistributed


def build(side: str, name: str) -> tuple[Work, str]:
    """Import what a side needs, and say how it trains."""
    tutorial = read_tutorial()
    spec, X, y = pose(find_framing(name), tutorial["problem"]["length"], tutorial["model"]["units"])
    train = seqframe_side(spec, X, y) if side == "seqframe" else keras_side(spec, X, y)
    return train, side


def seqframe_side(spec: NetworkSpec, X: Any, y: Any) -> Work:
    """Epochs as a pipeline trains them."""
    from seqframe.networks.build import init_network
    from seqframe.training.trainer import train

    drawn = cache(partial(init_network, spec, settings(1).seed))

    def work(count: int) -> float:
        _, history = train(drawn(), X, y, settings(count))
        return history.losses[-1]

    return work


def keras_side(spec: NetworkSpec, X: Any, y: Any) -> Work:
    """Epochs of `model.fit`, silent and unshuffled, with all samples in one batch."""
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
    """The stock Keras layer for a layer of a plan."""
    make: dict[type, Callable[[Any], Any]] = {
        Recurrent: lambda lstm: keras.layers.LSTM(
            lstm.units, return_sequences=lstm.return_sequences, dropout=lstm.dropout
        ),
        Dense: lambda dense: keras.layers.Dense(dense.outputs),
        TimeDistributed: lambda head: keras.layers.TimeDistributed(keras_layer(keras, head.layer)),
    }
    return make[type(layer)](layer)


if __name__ == "__main__":
    serve(build)
