"""Networks that differ in their seed, trained at once by compiled code instead of TensorFlow.

Every network has its own state, and stops for itself. `supports` decides from the spec and the settings, never from the
number of networks, and a network has the same bits alone, among others, and with any number of threads.
"""

import os
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqframe.config import TrainingSettings
from seqframe.networks.backend import tf
from seqframe.networks.compiled.arguments import Floats, Memory, Options, Samples, Tables
from seqframe.networks.compiled.program import Program, supported_network
from seqframe.networks.layers.lstm_kernel import numba_available
from seqframe.networks.spec import NetworkSpec, NetworkState
from seqframe.networks.threads import DaemonThreads, kernel_threads
from seqframe.training.events import Message, emit
from seqframe.training.loop import VALIDATION_BATCH, LoopConfig
from seqframe.training.losses import LossConfig
from seqframe.training.samples import Data

LOSS_NUMBERS = {"mse": 0, "mae": 1, "huber": 2, "quantile": 3}  # as in `networks.compiled.updates`
OPTIMIZER_NUMBERS = {"adam": 0, "adamw": 0, "sgd": 1, "rmsprop": 2}
ADAMW_DECAY = 0.004  # Keras' default
NAME = "compiled"

threads = DaemonThreads(kernel_threads() or os.cpu_count())


def supports(spec: NetworkSpec, config: LoopConfig, training: TrainingSettings, batch: int) -> bool:
    """Whether networks of a specification are trained here, with batches of a number of samples."""
    return (
        training.backend == "auto"
        and numba_available()
        and config.loss.name in LOSS_NUMBERS
        and supported_network(spec, batch)
    )


PER_PARAMETER = ("params", "first", "second", "best")
PER_NETWORK = ("best_loss", "wait", "epochs")
SHARED = ("epoch", "iterations", "draws")


def emit_compilation(programs: Iterable[Program]) -> None:
    """Emit a message if code for a network is not in Numba's cache yet, since compiling it takes a while."""
    from seqframe.networks.compiled.functions import find_function

    kinds = {(program.cell.name, program.lanes) for program in programs}
    if not all(find_function(*kind).is_compiled() for kind in kinds):
        emit(Message("Compiling the training code: about half a minute, once after the installation."))


class CompiledNetwork:
    """The state of the training of one network. It is the state of a lane while the network is trained."""

    def __init__(self, network: NetworkState, program: Program, seed: int) -> None:
        params = program.pack(network.weights)
        self.network, self.program, self.seed = network, program, seed
        trained = params[: program.trained]
        self.arrays: dict[str, NDArray[Any]] = {
            "params": params,
            "first": np.zeros_like(trained),
            "second": np.zeros_like(trained),
            "best": trained.copy(),
            "best_loss": np.array(np.inf, np.float32),
            "wait": np.array(0),
            "epochs": np.array(0),
            "epoch": np.zeros(1, np.int64),
            "iterations": np.zeros(1, np.int64),
            "draws": program.draws.copy(),
        }
        self.patience = 0

    @property
    def stopped(self) -> bool:
        """Whether early stopping has ended the training."""
        return bool(self.arrays["wait"] < 0)

    def state(self) -> dict[str, NDArray[Any]]:
        """All state that training changes, by name."""
        return dict(self.arrays)

    def set_state(self, state: dict[str, NDArray[Any]]) -> None:
        """Restore what `state` returned."""
        self.arrays = {name: state[name].copy() for name in self.arrays}

    def trained(self) -> NetworkState:
        """The network with its current weights; with early stopping, the weights of the best epoch."""
        params = self.arrays["params"].copy()
        if self.patience:
            params[: self.program.trained] = self.arrays["best"]
        return NetworkState(self.network.spec, self.program.unpack(params))


class CompiledTrainer:
    """Trains networks of one specification on the same samples."""

    def __init__(
        self, spec: NetworkSpec, config: LoopConfig, training: TrainingSettings, data: Data, validation: Data | None
    ) -> None:
        batch = min(training.batch_of(len(data[0])), len(data[0]))
        self.program = Program(spec, batch)
        self.config, self.training, self.framing = config, training, spec.framing
        arrays = [*data, *(validation or data)]
        self.samples = Samples(*(_rows(each) for each in arrays))
        self.options, self.tables = _make_options(self.program, config), _make_tables(self.program, config.loss)

    def networks(self, networks: Sequence[NetworkState], seeds: Sequence[int]) -> list[CompiledNetwork]:
        """Networks before their first epoch."""
        made = [CompiledNetwork(*each) for each in zip(networks, [self.program] * len(seeds), seeds, strict=True)]
        for network in made:
            network.patience = self.config.patience
        return made

    def groups(self, networks: Sequence[CompiledNetwork]) -> list[list[CompiledNetwork]]:
        """The networks that are computed at once: up to as many as there are lanes, all at the same epoch."""
        by_epoch: dict[int, list[CompiledNetwork]] = {}
        for network in networks:
            by_epoch.setdefault(int(network.arrays["epoch"][0]), []).append(network)
        lanes = self.program.lanes
        return [group[i : i + lanes] for group in by_epoch.values() for i in range(0, len(group), lanes)]

    def run(self, group: list[CompiledNetwork], epochs: int) -> list[tuple[list[float], list[float]]]:
        """Train that many epochs, or fewer with early stopping: losses and validation losses of every network."""
        from seqframe.networks.compiled.functions import find_function

        memory = self._load(group)
        before = memory.epochs.copy()
        losses = np.empty((2, epochs, self.program.lanes), np.float32)
        rates = self._rates(memory, epochs)
        run = find_function(self.program.cell.name, self.program.lanes)
        done = run(self.options, self.tables, memory, self.samples, rates, losses[0], losses[1])
        if self.config.patience:
            counts = memory.epochs - before
        else:
            counts = np.full(self.program.lanes, done)
            memory.epochs[:] += done
        self._store(group, memory)
        return [
            (losses[0, : counts[lane], lane].tolist(), losses[1, : counts[lane], lane].tolist())
            for lane in range(len(group))
        ]

    def _rates(self, memory: Memory, epochs: int) -> Floats:
        first, initial = int(memory.epoch[0]), tf.fill((epochs,), np.float32(self.training.learning_rate))
        total = tf.constant(self.training.epochs_of(self.framing))
        rates: Floats = self.config.schedule.rate(initial, tf.range(first, first + epochs), total).numpy()
        return rates

    def _load(self, group: list[CompiledNetwork]) -> Memory:
        """The state of some networks in lanes; lanes without a network repeat the first one."""
        program, lanes = self.program, self.program.lanes
        filled = [*group, *[group[0]] * (lanes - len(group))]
        arrays = {name: np.stack([each.arrays[name] for each in filled], axis=-1) for name in PER_PARAMETER}
        arrays |= {name: np.stack([each.arrays[name] for each in filled]) for name in PER_NETWORK}
        arrays["wait"][len(group) :] = -1
        sizes = {"values": program.values, "gradients": program.values, "work": program.work}
        sizes |= {"d_params": program.trained, "targets": program.batch * self.samples.y.shape[1]}
        arrays = {name: np.ascontiguousarray(array).reshape(-1) for name, array in arrays.items()}
        training = next(each for each in group if not each.stopped)
        arrays |= {name: training.arrays[name].copy() for name in SHARED}
        arrays |= {name: np.zeros(size * lanes, np.float32) for name, size in sizes.items()}
        return Memory(**arrays, seeds=np.array([each.seed for each in filled]))

    def _store(self, group: list[CompiledNetwork], memory: Memory) -> None:
        """Copy the lanes of the networks that have not stopped before back to their state."""
        lanes = self.program.lanes
        for lane, network in enumerate(group):
            if network.stopped:
                continue
            for name in PER_PARAMETER:
                network.arrays[name] = getattr(memory, name).reshape(-1, lanes)[:, lane].copy()
            for name in PER_NETWORK:
                network.arrays[name] = np.array(getattr(memory, name)[lane])
            for name in SHARED:
                network.arrays[name] = getattr(memory, name).copy()
            if network.stopped:  # what happened to its lane afterwards depends on the other networks
                network.arrays["params"][: self.program.trained] = network.arrays["best"]
                network.arrays["first"][:], network.arrays["second"][:] = 0, 0
                network.arrays["epoch"][:], network.arrays["iterations"][:] = network.arrays["epochs"], 0
                network.arrays["draws"] = self.program.draws.copy()


def _rows(samples: NDArray[Any]) -> Floats:
    """Samples in rows: (samples, numbers)."""
    return np.ascontiguousarray(samples, np.float32).reshape(len(samples), -1)


def _make_tables(program: Program, loss: LossConfig) -> Tables:
    levels = np.array(loss.quantiles if loss.name == "quantile" else (), np.float32)
    return Tables(program.table, program.offsets, program.segments, program.dropout, levels)


def _make_options(program: Program, config: LoopConfig) -> Options:
    loss, optimizer = config.loss, config.optimizer
    decay = optimizer.weight_decay if optimizer.weight_decay is not None else ADAMW_DECAY
    return Options(
        lanes=program.lanes,
        batch=program.batch,
        output=program.output,
        loss=LOSS_NUMBERS[loss.name],
        delta=float(loss.delta),
        optimizer=OPTIMIZER_NUMBERS[optimizer.name],
        momentum=float(optimizer.momentum or 0.0),
        weight_decay=float(decay) if optimizer.name == "adamw" else 0.0,
        clipnorm=float(optimizer.clipnorm or 0.0),
        shuffle=config.shuffle,
        validated=config.validated,
        monitors_initial=bool(program.spec.skip) and config.validated,
        patience=config.patience,
        validation_batch=VALIDATION_BATCH,
    )
