"""Training on data that is too large to be passed to the graph as a whole: one call per chunk of whole batches."""

from functools import cache
from typing import Any

from seqframe.config import TrainingSettings
from seqframe.networks import layers
from seqframe.networks.backend import tf
from seqframe.networks.spec import NetworkSpec, NetworkState
from seqframe.training.loop import ClassWeights, EpochLoop, LoopConfig, Totals, Trainer, epoch_loss, no_totals
from seqframe.training.samples import SampleSource, largest_batch, stream_chunks, windows_per_chunk
from seqframe.training.shuffle import EpochOrder


class StreamingLoop(EpochLoop):
    """The epoch loop in separate calls: start of an epoch, chunks of batches, end of an epoch."""

    def __init__(self, spec: NetworkSpec, config: LoopConfig, layer_module: Any = layers) -> None:
        super().__init__(spec, config, layer_module)
        size, totals = tf.TensorSpec((), tf.int32), (tf.TensorSpec(()), tf.TensorSpec((), tf.float64))
        chunk = self.data_spec
        self.begin_epoch = tf.function(self._begin_epoch, autograph=False)
        self.train_chunk = tf.function(self.train_batches, [*chunk, size, size, totals], autograph=False)
        self.validate_chunk = tf.function(self._validate_chunk, [*chunk, totals], autograph=False)
        self.end_epoch = tf.function(self._close_epoch, [totals] * 2, autograph=False)

    def _validate_chunk(self, X: Any, y: Any, totals: Totals) -> Totals:
        return self.add_batches(self.loss, X, y, self.validation_batch, totals)

    def _close_epoch(self, totals: Totals, val_totals: Totals) -> tuple[Any, Any]:
        """The training loss and the validation loss of the epoch."""
        loss = epoch_loss(totals)
        val_loss = epoch_loss(val_totals) if self.config.validated else loss
        self._end_epoch(val_loss)
        return loss, val_loss


class StreamingTrainer(Trainer):
    """Trains networks of one specification on samples that are framed chunk by chunk."""

    _graph: StreamingLoop

    def _make_graph(self, spec: NetworkSpec, config: LoopConfig, layer_module: Any) -> EpochLoop:
        return StreamingLoop(spec, config, layer_module)

    def start_stream(
        self,
        network: NetworkState,
        samples: SampleSource,
        validation: SampleSource | None,
        training: TrainingSettings,
        chunk_bytes: int,
        class_weights: ClassWeights | None = None,
    ) -> None:
        """Start at epoch 0 with the weights of a network and a new optimizer.

        Raises:
            UserError: One batch is too large.
        """
        self.reset(network, training, samples.X_shape[0], class_weights)
        self._samples, self._validation, self._seed = samples, validation, training.seed
        self._chunk = windows_per_chunk(samples, self.batch_size, chunk_bytes)
        if validation is not None:
            batch = min(self._graph.validation_batch, largest_batch(validation))
            self._val_chunk = windows_per_chunk(validation, batch, chunk_bytes)

    def run(self, epochs: int) -> tuple[list[float], list[float]]:
        """Train that many epochs, or fewer with early stopping: their training losses and validation losses."""
        losses: list[float] = []
        val_losses: list[float] = []
        while len(losses) < epochs and not self.stopped:
            loss, val_loss = self._run_epoch()
            losses.append(float(loss))
            val_losses.append(float(val_loss))
        return losses, val_losses

    def release(self) -> None:
        del self._samples, self._validation
        super().release()

    def _run_epoch(self) -> Any:
        """The training loss and the validation loss of one epoch."""
        graph = self._graph
        learning_rate, epochs, seed, batch_size = self._numbers
        graph.begin_epoch(learning_rate, epochs)
        order = EpochOrder(len(self._samples), self._seed, int(graph.epoch.numpy())) if graph.config.shuffle else None
        totals = val_totals = no_totals()
        for X, y in stream_chunks(self._samples, self._chunk, order):
            totals = graph.train_chunk(X, y, seed, batch_size, totals)
        if self._validation is not None:
            for X, y in stream_chunks(self._validation, self._val_chunk):
                val_totals = graph.validate_chunk(X, y, val_totals)
        return graph.end_epoch(totals, val_totals)


@cache
def get_streaming_trainer(spec: NetworkSpec, config: LoopConfig) -> StreamingTrainer:
    """The streaming trainer of a specification; its graph is traced once per process."""
    return StreamingTrainer(spec, config)
