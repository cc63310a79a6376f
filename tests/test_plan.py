from hypothesis import given
from hypothesis import strategies as st

from seqframe.plan import Dense, Layer, Lstm, Plan, Shape, TimeDistributed

size = st.integers(1, 40)


def check(layer: Layer, shape: Shape) -> None:
    """The formula with its numbers put in, read as arithmetic, gives the value."""
    arithmetic = layer.arithmetic(shape)
    assert eval(arithmetic.numbers.replace("^", "**")) == arithmetic.value


@given(timesteps=size, features=size, units=size)
def test_lstm(timesteps: int, features: int, units: int) -> None:
    for every_step, shape in ((True, (timesteps, units)), (False, (units,))):
        layer = Lstm(units, every_step)
        check(layer, (timesteps, features))
        assert layer.output_shape((timesteps, features)) == shape


@given(timesteps=size, inputs=size, outputs=size)
def test_dense_and_its_like_at_every_step(timesteps: int, inputs: int, outputs: int) -> None:
    dense = Dense(outputs)
    check(dense, (inputs,))
    wrapped = TimeDistributed(dense)
    assert wrapped.arithmetic((timesteps, inputs)) == dense.arithmetic((inputs,))
    assert wrapped.output_shape((timesteps, inputs)) == (timesteps, outputs)


def test_layers_are_named_in_their_order() -> None:
    plan = Plan("any", (7, 3), (Lstm(4, every_step=True), Lstm(6, every_step=False)), Dense(2))
    assert [(name, shape) for name, (_, shape) in plan.layers().items()] == [
        ("body_1", (7, 3)),
        ("body_2", (7, 4)),
        ("head", (6,)),
    ]
