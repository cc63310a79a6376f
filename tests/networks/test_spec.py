from hypothesis import given
from hypothesis import strategies as st

from seqframe.networks.spec import (
    Bidirectional,
    Dense,
    Dropout,
    Flatten,
    LayerSpec,
    NetworkSpec,
    Recurrent,
    RepeatVector,
    Reshape,
    Shape,
    TimeDistributed,
    ZeroPadding1D,
)

size = st.integers(1, 40)
cell = st.sampled_from(["lstm", "gru", "simple_rnn"])


def check(layer: LayerSpec, shape: Shape) -> None:
    """The formula with its numbers put in, read as arithmetic, gives the value."""
    param_count = layer.param_count(shape)
    assert eval(param_count.numbers.replace("^", "**")) == param_count.value


@given(timesteps=size, features=size, units=size, cell=cell)
def test_recurrent_layers(timesteps: int, features: int, units: int, cell: str) -> None:
    for return_sequences, shape in ((True, (timesteps, units)), (False, (units,))):
        layer = Recurrent(units, return_sequences, cell)
        check(layer, (timesteps, features))
        assert layer.output_shape((timesteps, features)) == shape
        both = Bidirectional(layer)
        check(both, (timesteps, features))
        assert both.param_count((timesteps, features)).value == 2 * layer.param_count((timesteps, features)).value
        assert both.output_shape((timesteps, features)) == (*shape[:-1], 2 * units)


def test_the_tutorials_lstm_and_a_gru_with_its_two_biases() -> None:
    assert Recurrent(5, return_sequences=False).param_count((5, 1)).numbers == "4 * ((1 + 1) * 5 + 5^2)"
    assert Recurrent(5, return_sequences=False, cell="gru").param_count((5, 1)).value == 3 * (1 * 5 + 5 * 5 + 2 * 5)


def test_options_are_named() -> None:
    assert Recurrent(5, False, "gru", dropout=0.1, kernel_l2=0.01).kind == "GRU(5, dropout=0.1, kernel_l2=0.01)"
    assert Bidirectional(Recurrent(5, True)).kind == "Bidirectional(LSTM(5, return_sequences))"


@given(timesteps=size, inputs=size, outputs=size)
def test_dense_and_its_like_at_every_step(timesteps: int, inputs: int, outputs: int) -> None:
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
        (ZeroPadding1D(), (timesteps + 1, features)),
        (Reshape(features), (timesteps // 2, 2 * features)),
    ):
        assert layer.output_shape(shape) == expected
        assert layer.param_count(shape).value == 0
    assert RepeatVector(7).output_shape((features,)) == (7, features)


def test_layers_are_named_in_their_order() -> None:
    spec = NetworkSpec(
        "any", (7, 3), (Recurrent(4, return_sequences=True), Recurrent(6, return_sequences=False)), Dense(2)
    )
    assert [(name, shape) for name, (_, shape) in spec.layers().items()] == [
        ("body_1", (7, 3)),
        ("body_2", (7, 4)),
        ("head", (6,)),
    ]


def test_a_network_that_carries_its_state_reads_whole_sequences_when_unrolled() -> None:
    spec = NetworkSpec(
        "any", (1, 3), (Recurrent(4, return_sequences=True),), TimeDistributed(Dense(2)), steps_per_sequence=6
    )
    assert spec.stateless() == NetworkSpec("any", (6, 3), spec.body, spec.head)
    assert spec.stateless().stateless() == spec.stateless()
