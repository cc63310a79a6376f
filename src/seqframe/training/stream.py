"""The same training in chunks: the graph is called once a chunk, and what it needs next is made meanwhile."""

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any

from seqframe.config import TrainingSettings
from seqframe.networks import layers
from seqframe.networks.backend import tf
from seqframe.networks.spec import NetworkSpec, NetworkState, Shape
from seqframe.training.loop import CHECKED_AT_ONCE, EpochLoop, LoopConfig, LossOf, Trainer
from seqframe.training.samples import SampleSource, ShuffledIndex, stream_chunks, windows_per_chunk


class BatchLoop:
    """Goes over samples in batches of `size`, which come chunk by chunk: a graph for whole batches, one for the rest.

    Every chunk but the last is of whole batches.
    """

    def __init__(
        self, add_whole_batches: Callable[..., Any], loss_of: LossOf, size: int, shapes: Sequence[Shape]
    ) -> None:
        def whole(X: Any, y: Any, total: Any) -> Any:
            return add_whole_batches(loss_of, X, y, size, tf.shape(X)[0] // size, total)

        def rest(X: Any, y: Any, total: Any) -> Any:
            return total + loss_of(X, y) * float(X.shape[0])

        signature = [*(tf.TensorSpec((None, *shape)) for shape in shapes), tf.TensorSpec(())]
        self.size = size
        self._whole = tf.function(whole, signature, autograph=False)  # one trace for any number of batches
        self._rest = tf.function(rest, autograph=False)

    def run(self, chunks: Iterator[tuple[Any, Any]]) -> Any:
        """The sum of loss times batch size."""
        total = tf.constant(0.0)
        for X, y in chunks:
            rest = len(X) % self.size
            if not rest:
                total = self._whole(X, y, total)
                continue
            if rest < len(X):
                total = self._whole(X[:-rest], y[:-rest], total)
            total = self._rest(X[-rest:], y[-rest:], total)
        return total


class StreamingLoop(EpochLoop):
    """The loop of an epoch, cut into calls; sums of losses go from each to the next."""

    def __init__(self, spec: NetworkSpec, recipe: LoopConfig, layer_module: Any = layers) -> None:
        super().__init__(spec, recipe, layer_module)
        head, shape = spec.layers()["head"]
        shapes = spec.input_shape, head.output_shape(shape)
        self.begin = tf.function(self._begin_epoch, autograph=False)
        self.training = BatchLoop(self._add_whole_batches, self._update, recipe.batch_size, shapes)
        self.checking = BatchLoop(
            self._add_whole_batches, self._loss, 1 if spec.steps_per_sequence else CHECKED_AT_ONCE, shapes
        )
        self.end = tf.function(self._close_epoch, autograph=False)

    def _close_epoch(self, total: Any, samples: Any, checked: Any, checked_samples: int) -> tuple[Any, Any]:
        """The loss of the epoch, and that on the validation data."""
        loss = total / samples
        check = checked / float(checked_samples) if self.config.validated else loss
        self._end_epoch(check)
        return loss, check


class StreamingTrainer(Trainer):
    """Trains one plan by one recipe on samples that are never there as a whole."""

    graph_kind = StreamingLoop
    _graph: StreamingLoop

    def start_stream(
        self,
        network: NetworkState,
        samples: SampleSource,
        validation: SampleSource | None,
        training: TrainingSettings,
        chunk_bytes: int,
    ) -> None:
        """Begin at epoch 0 with a network's weights and a fresh optimizer.

        Raises:
            UserError: A batch takes more than can be held.
        """
        self._set_going(network, training, samples.X_shape[0])
        self._samples, self._validation, self._seed = samples, validation, training.seed
        self._at_once = windows_per_chunk(samples, self._graph.training.size, chunk_bytes)
        if validation is not None:
            self._checked_at_once = windows_per_chunk(validation, self._graph.checking.size, chunk_bytes)

    def run(self, epochs: int) -> tuple[list[float], list[float]]:
        """Train so many epochs more, or fewer where it stops early: their losses, and those on the validation data."""
        losses: list[float] = []
        checks: list[float] = []
        while len(losses) < epochs and not self.stopped:
            loss, check = self._run_epoch()
            losses.append(float(loss))
            checks.append(float(check))
        return losses, checks

    def forget(self) -> None:
        del self._samples, self._validation

    def _run_epoch(self) -> Any:
        """One epoch: its loss, and that on the validation data."""
        learning_rate, epochs, _, samples = self._numbers
        graph = self._graph
        graph.begin(learning_rate, epochs)
        order = (
            ShuffledIndex(len(self._samples), self._seed, int(graph.epoch.numpy())) if graph.config.shuffle else None
        )
        total = graph.training.run(stream_chunks(self._samples, self._at_once, order))
        if self._validation is None:
            return graph.end(total, samples, total, 0)
        checked = graph.checking.run(stream_chunks(self._validation, self._checked_at_once))
        return graph.end(total, samples, checked, self._validation.X_shape[0])


@cache
def get_streaming_trainer(spec: NetworkSpec, recipe: LoopConfig) -> StreamingTrainer:
    """The runner of a plan and recipe; made, and its graph traced, once a process."""
    return StreamingTrainer(spec, recipe)
