"""Train many networks: one for each fold and seed. Every network of the project is trained here."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from seqframe.config import TrainingSettings
from seqframe.data.dataset import SequenceDataset
from seqframe.data.label_dataset import LabelDataset
from seqframe.data.memory import PeakMemory, release_free_memory
from seqframe.framings import Framing
from seqframe.framings.dataset import frame_samples, training_view
from seqframe.framings.sequences import FramedSequences
from seqframe.networks.spec import NetworkSpec, NetworkState
from seqframe.tasks import find_task
from seqframe.training.checkpoint import CheckpointStore
from seqframe.training.events import TrainingHistory
from seqframe.training.limits import MAX_COMPILED_BYTES, MAX_LINEAR_WINDOWS
from seqframe.training.linear_layouts import linear_layouts
from seqframe.training.linear_map import LinearMap, fit_linear_map
from seqframe.training.losses import LossConfig

if TYPE_CHECKING:
    from seqframe.training.samples import SampleSource
    from seqframe.training.together import SeedGroup


@dataclass(frozen=True)
class FittedRun:
    """One trained network.

    Attributes:
        fold: Number of the fold, from 1.
        seed: Random seed of the initial weights, of dropout and of the order of the samples.
        network: The trained network.
        history: The course of its training.
        peak_memory_mb: Peak memory of the process while it trained the network, in megabytes; None where it is unknown.
    """

    fold: int
    seed: int
    network: NetworkState
    history: TrainingHistory
    peak_memory_mb: float | None = None


@dataclass(frozen=True)
class FitJob:
    """One network to be trained: all that is needed to do so, wherever it runs.

    `linear` is the skip connection, if the network has one, and `initial` the network before its training, if its head
    is estimated.
    """

    spec: NetworkSpec
    framing: Framing
    dataset: SequenceDataset | LabelDataset
    training: TrainingSettings
    fold: int
    seed: int
    label: str = ""
    checkpoints: CheckpointStore | None = None
    linear: LinearMap | None = None
    initial: NetworkState | None = None

    def run(self) -> FittedRun:
        """Train the network on the training part; early stopping monitors the validation part, if there is one."""
        from seqframe.training.trainer import train_samples

        samples, validation = self.samples()
        training = self.training.model_copy(update={"seed": self.seed, "batch_size": self.batch_size(samples)})
        network = self.initial_network()
        with PeakMemory() as memory:
            trained, history = train_samples(
                network, samples, training, validation, self.checkpoints, self.label, **self.loss()
            )
        return FittedRun(self.fold, self.seed, trained, history, memory.megabytes)

    def initial_network(self) -> NetworkState:
        """The network before its training."""
        from seqframe.networks.build import init_network

        linear = None if self.linear is None else (self.linear.kernel, self.linear.bias)
        return self.initial or init_network(self.spec, self.seed, linear)

    def with_estimated_head(self) -> "FitJob":
        """The same job, with a network whose head is estimated by ridge regression; see `fit_head`."""
        from seqframe.training.initial_head import fit_head

        assert self.linear is not None
        initial = fit_head(self.initial_network(), self.linear, *self.samples(), self.seed, _huber_delta(self.training))
        return replace(self, initial=initial)

    def differs_in_seed(self, other: "FitJob") -> bool:
        """Whether all but the seed and the label are the same."""
        same_data = self.dataset is other.dataset and self.linear is other.linear and self.fold == other.fold
        same_network = self.spec == other.spec and self.framing is other.framing
        return same_data and same_network and (self.training, self.checkpoints) == (other.training, other.checkpoints)

    def samples(self) -> "tuple[SampleSource, SampleSource | None]":
        """The samples of the training part, and of the validation part if there is one."""
        if isinstance(self.dataset, LabelDataset):
            parts = (self.dataset.splits["train"], self.dataset.splits["validation"])
            train, validation = (FramedSequences(self.dataset, self.framing, numbers) for numbers in parts)
            return train, validation if len(validation) else None
        dataset = training_view(self.dataset, self.framing)
        samples = frame_samples(dataset, self.framing, dataset.train)
        return samples, frame_samples(dataset, self.framing, dataset.validation) if len(dataset.validation) else None

    def loss(self) -> dict[str, Any]:
        """Loss and class weights of sequences with labels; nothing for forecasts, which use the settings."""
        if not isinstance(self.dataset, LabelDataset):
            return {}
        labels = find_task(self.dataset.task.kind).labels
        assert labels is not None
        balanced = self.training.class_weight == "balanced"
        return {
            "loss": LossConfig(labels.output_layer(self.dataset.sequences.multi_label).loss),
            "class_weights": self.dataset.balanced_weights() if balanced else None,
        }

    def batch_size(self, samples: "SampleSource") -> int | str:
        """The batch size in samples.

        Where a table is forecast, the setting counts windows, and for labels it counts sequences, so that all framings
        make as many updates per epoch.
        """
        size = self.training.batch_size
        if isinstance(size, str) or self.spec.steps_per_sequence:
            return size
        if isinstance(self.dataset, LabelDataset):
            return max(1, round(size * samples.X_shape[0] / len(self.dataset.splits["train"])))
        return size * samples.samples_per_window if self.dataset.forecasts_a_table else size


Executor = Callable[[Iterable[FitJob]], Iterator[FittedRun]]


def run_serially(jobs: Iterable[FitJob]) -> Iterator[FittedRun]:
    """Train the networks in this process: at once those that compiled code trains, the others one after the other.

    Results are in the order of the jobs. The samples that are trained at once take no more than `MAX_COMPILED_BYTES`.
    """
    waiting: list[tuple[list[FitJob], SeedGroup]] = []
    for same in _group_by_seed(jobs):
        group = _prepare(same)
        used = sum(each.problem.bytes for _, each in waiting)
        if group is None or used + group.problem.bytes > MAX_COMPILED_BYTES:
            yield from _train(waiting)
        if group is None:
            yield from map(FitJob.run, same)
        else:
            waiting.append((same, group))
        del group
    yield from _train(waiting)


def _group_by_seed(jobs: Iterable[FitJob]) -> Iterator[list[FitJob]]:
    """Neighboring jobs that differ in their seed alone."""
    group: list[FitJob] = []
    for job in jobs:
        if group and not job.differs_in_seed(group[0]):
            yield group
            group = []
        group.append(job)
    if group:
        yield group


def _prepare(jobs: Sequence[FitJob]) -> "SeedGroup | None":
    """Networks that differ in their seed, before their training; None if TensorFlow trains them."""
    from seqframe.training.losses import loss_of_values
    from seqframe.training.problem import Problem
    from seqframe.training.together import SeedGroup, trains_together

    first = jobs[0]
    samples, validation = first.samples()
    training = first.training.model_copy(update={"batch_size": first.batch_size(samples)})
    options = {"loss": loss_of_values(training)} | first.loss()
    problem = Problem(samples, training, validation, first.checkpoints, **options)
    if not trains_together(first.spec, problem):
        return None
    networks = [job.initial_network() for job in jobs]
    return SeedGroup(networks, problem, [job.seed for job in jobs], [job.label for job in jobs])


def _train(prepared: "list[tuple[list[FitJob], SeedGroup]]") -> Iterator[FittedRun]:
    """Train networks at once. The list is emptied, so that their samples are freed before the networks forecast."""
    from seqframe.training.together import train_together

    if not prepared:
        return
    all_jobs, groups = zip(*prepared, strict=True)
    prepared.clear()
    release_free_memory()  # of the linear models
    with PeakMemory() as memory:
        found = train_together(groups)
    del groups
    release_free_memory()
    for jobs, fits in zip(all_jobs, found, strict=True):
        for job, (trained, history) in zip(jobs, fits, strict=True):
            yield FittedRun(job.fold, job.seed, trained, history, memory.megabytes)


def fit_runs(
    spec: NetworkSpec,
    framing: Framing,
    datasets: Sequence[SequenceDataset],
    training: TrainingSettings,
    seeds: Sequence[int],
    checkpoints: CheckpointStore | None = None,
    executor: Executor = run_serially,
    label: str | None = "",
) -> Iterator[FittedRun]:
    """Train one network for each fold and seed, fold by fold; each network is trained when its result is requested.

    The arguments are as in `list_jobs`, and `executor` runs the jobs and yields their results in order.
    """
    return executor(list_jobs(spec, framing, datasets, training, seeds, checkpoints, label))


def list_jobs(
    spec: NetworkSpec,
    framing: Framing,
    datasets: Sequence[SequenceDataset],
    training: TrainingSettings,
    seeds: Sequence[int],
    checkpoints: CheckpointStore | None = None,
    label: str | None = "",
) -> Iterator[FitJob]:
    """One job for each fold and seed, fold by fold.

    Args:
        spec: The network.
        framing: The framing of its samples.
        datasets: The data of every fold.
        training: Settings of the training; `seed` and `n_seeds` are replaced by `seeds`.
        seeds: The random seeds of every fold.
        checkpoints: Where checkpoints are kept. A network that has one is resumed, or not trained again.
        label: First part of the labels of the networks, such as `Q3`; None for a single network without a label.

    Raises:
        UserError: One batch is too large.
    """
    huber_delta = _huber_delta(training)
    linear_maps = (fit_skip(dataset, framing, huber_delta) if spec.skip else None for dataset in datasets)
    jobs = (
        FitJob(
            spec,
            framing,
            dataset,
            training,
            fold,
            seed,
            "" if label is None else _label(label, fold, len(datasets), number, len(seeds)),
            checkpoints,
            linear,
        )
        for fold, (dataset, linear) in enumerate(zip(datasets, linear_maps, strict=True), start=1)
        for number, seed in enumerate(seeds, start=1)
    )
    # In this process, since the bits of a ridge regression may depend on the number of threads.
    return map(FitJob.with_estimated_head, jobs) if spec.skip and training.head_init == "ridge" else jobs


def fit_pairs(
    spec: NetworkSpec,
    framing: Framing,
    datasets: Sequence[LabelDataset],
    training: TrainingSettings,
    checkpoints: CheckpointStore | None = None,
    executor: Executor = run_serially,
    label: str = "",
) -> Iterator[FittedRun]:
    """Train one network for each dataset with the seeds 0, 1, 2, ...; the arguments are as in `fit_runs`.

    Each network has its own validation sequences, so that they are different ones for each seed.
    """
    jobs = (
        FitJob(
            spec,
            framing,
            dataset,
            training,
            number,
            number - 1,
            _label(label, 1, 1, number, len(datasets)),
            checkpoints,
        )
        for number, dataset in enumerate(datasets, start=1)
    )
    return executor(jobs)


def fit_skip(dataset: SequenceDataset, framing: Framing, huber_delta: float | None = None) -> LinearMap:
    """The skip connection, which all seeds of a fold share; with `huber_delta`, it minimizes the Huber error."""
    samples, validation = (frame_samples(dataset, framing, windows) for windows in (dataset.train, dataset.validation))
    return fit_linear_map(samples, validation, linear_layouts(dataset, framing), MAX_LINEAR_WINDOWS, huber_delta)


def _huber_delta(training: TrainingSettings) -> float | None:
    """The error above which the loss is linear; None for another loss than the Huber error."""
    return training.huber_delta if training.loss == "huber" else None


def _label(prefix: str, fold: int, folds: int, number: int, seeds: int) -> str:
    """Name a network among several: `fold 1 of 3, seed 2 of 5`."""
    of_fold = f"fold {fold} of {folds}" if folds > 1 else ""
    return ", ".join(filter(None, (prefix, of_fold, f"seed {number} of {seeds}")))
