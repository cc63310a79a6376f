"""The same framing in NumPy and Keras, to be copied: what Seqframe does, without Seqframe."""

import ast
import inspect
import re
import textwrap
from collections.abc import Callable
from typing import Any

from seqframe.networks.spec import NetworkSpec
from tools.docs.examples import Example

AS_PYTHON = (  # from how a plan writes a layer to how Python does
    (r"return_sequences", "return_sequences=True"),
    (r"^Flatten$", "Flatten()"),
    (r"(?<=\d), tanh", ', activation="tanh"'),
    (r"\b(?=[A-Z]\w*\()", "layers."),
)


def write_keras(example: Example) -> str:
    """A script that frames the example's rows and trains its network on them."""
    dataset = example.dataset
    read, asked = dataset.past_targets(dataset.train), dataset.actuals(dataset.train)
    epochs = example.settings.training.epochs_of(example.framing.name)
    batch_size = example.settings.training.batch_of(len(example.X), bool(example.spec.steps_per_sequence))
    lines = [
        "import keras",
        "import numpy as np",
        "from keras import layers",
        "",
        f"read = np.array({_tidy(read)})  # (windows, rows, columns) = {read.shape}",
        "asked = read  # the same rows again" if example.settings.task.kind == "echo" else _asked(asked),
        f"X = {expression(example.framing.to_inputs, 'read')}  # {example.X.shape}",
        f"y = {expression(example.framing.to_targets, 'asked')}  # {example.y.shape}",
        "",
        *write_model(example.spec),
        'model.compile(optimizer="adam", loss="mse")',
        *_training(example.spec, epochs, batch_size),
    ]
    return "\n".join(lines)


def write_model(spec: NetworkSpec) -> list[str]:
    """The lines that make a network in Keras."""
    shape = f"batch_shape={(1, *spec.input_shape)}" if spec.steps_per_sequence else f"shape={spec.input_shape}"
    body = [_layer(layer.kind) for layer, _ in spec.layers().values()]
    if spec.steps_per_sequence:
        body = [f"{line[:-1]}, stateful=True)" if "return_sequences" in line else line for line in body]
    return ["model = keras.Sequential()", *(f"model.add({line})" for line in [f"keras.Input({shape})", *body])]


def expression(reshape: Callable[..., Any], windows: str) -> str:
    """What a function of one `return` returns, with its argument called otherwise.

    >>> from seqframe.framings.reshape import single_steps
    >>> expression(single_steps, "read")
    'np.reshape(read, (-1, 1, read.shape[2]))'
    """
    (function,) = ast.parse(textwrap.dedent(inspect.getsource(reshape))).body
    last = function.body[-1] if isinstance(function, ast.FunctionDef) else None
    if not isinstance(function, ast.FunctionDef) or not isinstance(last, ast.Return) or last.value is None:
        return f"{reshape.__name__}({windows})"
    argument = function.args.args[0].arg
    for node in ast.walk(last.value):
        if isinstance(node, ast.Name) and node.id == argument:
            node.id = windows
    return ast.unparse(last.value)


def _layer(kind: str) -> str:
    for pattern, python in AS_PYTHON:
        kind = re.sub(pattern, python, kind)
    return kind


def _asked(asked: Any) -> str:
    return f"asked = np.array({_tidy(asked)})  # {asked.shape}"


def _tidy(values: Any) -> str:
    return str(values.round(6).tolist())


def _training(spec: NetworkSpec, epochs: int, batch_size: int) -> list[str]:
    if not spec.steps_per_sequence:
        return [f"model.fit(X, y, epochs={epochs}, batch_size={batch_size}, shuffle=False)"]
    return [
        f"for epoch in range({epochs}):",
        "    model.fit(X, y, epochs=1, batch_size=1, shuffle=False, verbose=0)",
        "    model.hidden_sizes[0].reset_state()  # a sequence begins afresh",
    ]
