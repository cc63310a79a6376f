"""The same framing in NumPy, einops and plain Keras, printed from the records: what Seqframe does, without Seqframe."""

from collections.abc import Iterable, Iterator
from typing import Any

from seqframe.framings.patterns import SAME
from seqframe.networks.spec import LayerSpec, NetworkSpec, format_spec
from seqframe.networks.step_layers import Concatenate, inner_layers
from tools.docs.examples import Example

LAYERS, REGULARIZERS = "layers.", "keras.regularizers."


def script(example: Example) -> str:
    """A script that frames the example's rows and trains its network on them."""
    dataset, framing = example.dataset, example.framing
    inputs, targets = dataset.past_targets(dataset.train), dataset.actuals(dataset.train)
    echo = example.settings.task.kind == "echo"
    lines = [
        "import keras",
        "import numpy as np",
        "from einops import rearrange",
        "from keras import layers",
        "",
        f"inputs = {_array(inputs)}  # (windows, lookback, features) = {inputs.shape}",
        "targets = inputs  # an echo" if echo else f"targets = {_array(targets)}  # {targets.shape}",
        f"X = {rearrange_code(framing.inputs, 'inputs', framing.reverse_inputs)}  # {example.X.shape}",
        f"y = {rearrange_code(framing.targets, 'targets', framing.reverse_targets)}  # {example.y.shape}",
        "",
        *model_code(example.spec),
        'model.compile(optimizer="adam", loss="mse")',
        *_fit_code(example),
    ]
    if all("rearrange(" not in line for line in lines):
        lines.remove("from einops import rearrange")
    return "\n".join(lines)


def model_code(spec: NetworkSpec) -> list[str]:
    """The lines that make a network in Keras."""
    shape = f"batch_shape={(1, *spec.sample_shape)}" if spec.steps_per_sequence else f"shape={spec.sample_shape}"
    layers = [format_spec(layer, LAYERS, REGULARIZERS) for layer, _ in spec.layers().values()]
    steps = [f"step = keras.Input({part.shape})" for part in _parts(spec.body) if isinstance(part, Concatenate)]
    added = [f"model.add({line})" for line in [f"keras.Input({shape})", *layers]]
    return [*steps, "model = keras.Sequential()", *added]


def _parts(layers: Iterable[LayerSpec]) -> Iterator[LayerSpec]:
    """Layers, and the layers inside them."""
    for layer in layers:
        yield layer
        yield from _parts(inner_layers(layer).values())


def rearrange_code(pattern: str, windows: str, reverse: bool = False) -> str:
    """The code that applies a framing's pattern.

    >>> rearrange_code("b t f -> (b t) f", "targets")
    'rearrange(targets, "b t f -> (b t) f")'
    >>> rearrange_code("b t f -> b t f", "inputs", reverse=True)
    'inputs[:, ::-1]'
    """
    windows = f"{windows}[:, ::-1]" if reverse else windows
    return windows if pattern == SAME else f'rearrange({windows}, "{pattern}")'


def _array(values: Any) -> str:
    return f"np.array({values.round(6).tolist()})"


def _fit_code(example: Example) -> list[str]:
    """The call of `fit`; a stateful network is reset after every epoch, which is one sequence."""
    stateful = bool(example.spec.steps_per_sequence)
    epochs = example.settings.training.epochs_of(example.framing.name)
    batch_size = example.settings.training.batch_of(len(example.X), stateful)
    if not stateful:
        return [f"model.fit(X, y, epochs={epochs}, batch_size={batch_size}, shuffle=False)"]
    return [
        f"for epoch in range({epochs}):",
        "    model.fit(X, y, epochs=1, batch_size=1, shuffle=False, verbose=0)",
        "    model.layers[0].reset_state()  # a new sequence",
    ]
