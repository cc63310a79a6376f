"""Training steps in JAX: an LSTM as a `lax.scan` and Adam by hand, one compiled call a step.

python -m benchmarks.workers.steps_jax jax 64 100 64
"""

from typing import Any

import jax  # type: ignore[import-not-found]
import jax.numpy as jnp  # type: ignore[import-not-found]

from benchmarks.workers.loop import Work, serve

RATE, FIRST, SECOND, EPSILON = 0.001, 0.9, 0.999, 1e-7


def build(name: str, *sizes: str) -> tuple[Work, str]:
    """The same network and data as the other contenders, for (batch, steps, units)."""
    batch, steps, units = map(int, sizes)
    keys = jax.random.split(jax.random.key(0), 5)
    X, y = (jax.random.normal(key, (steps, batch, 1)) for key in keys[:2])  # time first, as required by lax.scan
    weights = {
        "kernel": 0.1 * jax.random.normal(keys[2], (1, 4 * units)),
        "recurrent": 0.1 * jax.random.normal(keys[3], (units, 4 * units)),
        "bias": jnp.zeros(4 * units),
        "head": 0.1 * jax.random.normal(keys[4], (units, 1)),
        "head_bias": jnp.zeros(1),
    }
    zeros = jax.tree.map(jnp.zeros_like, weights)
    state = (weights, zeros, jax.tree.map(jnp.copy, zeros), jnp.zeros(()))
    step = jax.jit(update, donate_argnums=0)

    def work(count: int) -> float:
        nonlocal state
        for _ in range(count):
            state, loss = step(state, X, y)
        jax.block_until_ready(state)
        return float(loss)

    return work, f"{name.upper()} {jax.__version__}"


def predict(weights: Any, X: Any) -> Any:
    """X (steps, batch, 1) -> predictions (steps, batch, 1)."""
    batch, units = X.shape[1], weights["recurrent"].shape[0]

    def read(carry: Any, z: Any) -> Any:
        hidden, cell = carry
        i, f, g, o = jnp.split(z + hidden @ weights["recurrent"], 4, axis=-1)
        cell = jax.nn.sigmoid(f) * cell + jax.nn.sigmoid(i) * jnp.tanh(g)
        hidden = jax.nn.sigmoid(o) * jnp.tanh(cell)
        return (hidden, cell), hidden

    start = (jnp.zeros((batch, units)), jnp.zeros((batch, units)))
    _, states = jax.lax.scan(read, start, X @ weights["kernel"] + weights["bias"])
    return states @ weights["head"] + weights["head_bias"]


def update(state: Any, X: Any, y: Any) -> Any:
    """One step of Adam: (weights, first moments, second moments, steps) -> the same after the update, and the loss."""
    weights, first, second, done = state
    loss, gradient = jax.value_and_grad(lambda w: jnp.mean((predict(w, X) - y) ** 2))(weights)
    done = done + 1
    first = jax.tree.map(lambda m, g: FIRST * m + (1 - FIRST) * g, first, gradient)
    second = jax.tree.map(lambda v, g: SECOND * v + (1 - SECOND) * g * g, second, gradient)
    rate = RATE * jnp.sqrt(1 - SECOND**done) / (1 - FIRST**done)
    weights = jax.tree.map(lambda w, m, v: w - rate * m / (jnp.sqrt(v) + EPSILON), weights, first, second)
    return (weights, first, second, done), loss


if __name__ == "__main__":
    serve(build, warm=3)
