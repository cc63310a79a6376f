"""Layer specs: shapes, parameter formulas and their printed Keras code."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqframe.networks.recurrent_layers import GRU, LSTM, Bidirectional, Recurrent, SimpleRNN
from seqframe.networks.spec import (
    L2,
    Dense,
    Dropout,
    Flatten,
    LayerSpec,
    NetworkSpec,
    RepeatVector,
    Reshape,
    Shape,
    TimeDistributed,
    ZeroPadding1D,
)

size = st.integers(1, 40)
cell = st.sampled_from([LSTM, GRU, SimpleRNN])


def check(layer: LayerSpec, shape: Shape) -> None:
    """The formula with its values substituted, evaluated as arithmetic, gives the value."""
    param_count = layer.param_count(shape)
    assert eval(param_count.substituted.replace("^", "**")) == param_count.value


@given(timesteps=size, features=size, units=size, cell=cell)
def test_recurrent_layers(timesteps: int, features: int, units: int, cell: type[Recurrent]) -> None:
    for return_sequences, shape in ((True, (timesteps, units)), (False, (units,))):
        layer = cell(units, return_sequences)
        check(layer, (timesteps, features))
        assert layer.output_shape((timesteps, features)) == shape
        both = Bidirectional(layer)
        check(both, (timesteps, features))
        assert both.param_count((timesteps, features)).value == 2 * layer.param_count((timesteps, features)).value
        assert both.output_shape((timesteps, features)) == (*shape[:-1], 2 * units)


def test_lstm_of_the_tutorial_and_gru_with_two_biases() -> None:
    assert LSTM(5).param_count((5, 1)).substituted == "4 * ((1 + 1) * 5 + 5^2)"
    assert LSTM(5).param_count((5, 1)).formula == "4 * ((inputs + 1) * units + units^2)"
    assert GRU(5).param_count((5, 1)).value == 3 * (1 * 5 + 5 * 5 + 2 * 5)
    assert GRU(5).param_count((5, 1)).formula == "3 * ((inputs + 2) * units + units^2)"
    assert SimpleRNN(5).param_count((5, 1)).formula == "(inputs + 1) * units + units^2"


@pytest.mark.parametrize(
    ("layer", "code"),
    [
        (GRU(5, dropout=0.1, kernel_regularizer=L2(0.01)), "GRU(5, dropout=0.1, kernel_regularizer=L2(0.01))"),
        (Bidirectional(LSTM(5, True)), "Bidirectional(LSTM(5, return_sequences=True))"),
        (LSTM(5, stateful=True), "LSTM(5, stateful=True)"),
        (Dense(5), "Dense(5)"),
        (Dense(5, "tanh"), 'Dense(5, activation="tanh")'),
        (TimeDistributed(Dense(1)), "TimeDistributed(Dense(1))"),
        (Flatten(), "Flatten()"),
        (ZeroPadding1D((1, 0)), "ZeroPadding1D((1, 0))"),
        (Reshape((-1, 10)), "Reshape((-1, 10))"),
        (Dropout(0.5), "Dropout(0.5)"),
        (RepeatVector(7), "RepeatVector(7)"),
    ],
    ids=str,
)
def test_a_layer_prints_as_keras_code(layer: LayerSpec, code: str) -> None:
    assert str(layer) == code


@given(timesteps=size, inputs=size, outputs=size)
def test_dense_and_time_distributed(timesteps: int, inputs: int, outputs: int) -> None:
    dense = Dense(outputs)
    check(dense, (inputs,))
    wrapped = TimeDistributed(dense)
    assert wrapped.param_count((timesteps, inputs)) == dense.param_count((inputs,))
    assert wrapped.output_shape((timesteps, inputs)) == (timesteps, outputs)


@given(timesteps=st.integers(2, 40), features=size)
def test_layers_without_parameters(timesteps: int, features: int) -> None:
    shape = (timesteps, features)
    for layer, expected in (
        (Dropout(0.5), shape),
        (Flatten(), (timesteps * features,)),
        (ZeroPadding1D((1, 0)), (timesteps + 1, features)),
        (ZeroPadding1D((0, 2)), (timesteps + 2, features)),
    ):
        assert layer.output_shape(shape) == expected
        assert layer.param_count(shape).value == 0
    even = (timesteps * 2, features)
    assert Reshape((-1, 2 * features)).output_shape(even) == (timesteps, 2 * features)
    assert Reshape((-1, 2 * features)).steps_per_group(even) == 2
    assert Reshape((2 * features, timesteps)).param_count(even).value == 0
    assert RepeatVector(7).output_shape((features,)) == (7, features)


def test_layers_are_named_in_order() -> None:
    spec = NetworkSpec("any", (7, 3), (LSTM(4, return_sequences=True), LSTM(6)), Dense(2))
    assert [(name, shape) for name, (_, shape) in spec.layers().items()] == [
        ("body_1", (7, 3)),
        ("body_2", (7, 4)),
        ("head", (6,)),
    ]
    assert spec.output_shape == (2,)


def test_a_stateful_network_reads_whole_sequences_when_it_is_made_stateless() -> None:
    body = (LSTM(4, return_sequences=True, stateful=True),)
    spec = NetworkSpec("any", (1, 3), body, TimeDistributed(Dense(2)), steps_per_sequence=6)
    assert spec.stateless() == NetworkSpec("any", (6, 3), (LSTM(4, return_sequences=True),), spec.head)
    assert spec.stateless().stateless() == spec.stateless()
