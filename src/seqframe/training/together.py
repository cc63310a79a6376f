"""Train several networks at once, by compiled code, with events and checkpoints of each."""

from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass
from functools import partial
from typing import Any

from seqframe.networks.spec import NetworkSpec, NetworkState
from seqframe.training import compiled, progress
from seqframe.training.events import TrainingHistory
from seqframe.training.limits import MAX_COMPILED_BYTES
from seqframe.training.problem import Problem
from seqframe.training.progress import Clock, GroupSize, TrainingState

PARTS = 20  # parts of a training, at least, so that threads end at about the same time


def trains_together(spec: NetworkSpec, problem: Problem) -> bool:
    """Whether compiled code trains the networks of a specification, any number at once."""
    batch = problem.training.batch_of(problem.samples.X_shape[0])
    fits = problem.bytes <= MAX_COMPILED_BYTES and problem.samples.X_shape[0] > 0
    return fits and compiled.supports(spec, problem.config(spec), problem.training, batch)


@dataclass(frozen=True)
class SeedGroup:
    """Networks of one specification that differ in their seed, and the names of their trainings."""

    networks: Sequence[NetworkState]
    problem: Problem
    seeds: Sequence[int]
    labels: Sequence[str]


@dataclass(frozen=True)
class _Part:
    """Networks that are computed at once, at the same epoch, with the progress of each."""

    trainer: compiled.CompiledTrainer
    networks: list[compiled.CompiledNetwork]
    states: list[TrainingState]
    size: GroupSize

    def next_epochs(self) -> int:
        """The number of epochs to train next; 0 at the end."""
        states = [state for state, one in zip(self.states, self.networks, strict=True) if not state.ended(one)]
        if not states:
            return 0
        first = states[0]
        return min(self.size.epochs, -(-first.epochs // PARTS), first.epochs - len(first.losses))

    def record(self, results: Sequence[tuple[list[float], list[float]]], seconds: float) -> None:
        """Add the losses and validation losses of each network."""
        self.size.measure(max(len(losses) for losses, _ in results), seconds)
        for one, state, (losses, val_losses) in zip(self.networks, self.states, results, strict=True):
            if losses:
                state.record(one, losses, val_losses, seconds / len(self.networks))


def train_together(groups: Sequence[SeedGroup]) -> list[list[tuple[NetworkState, TrainingHistory]]]:
    """Train copies of networks that `trains_together` supports, on all threads: for each group, network and history.

    Every result has the same bits as if the network were trained alone.
    """
    parts: list[_Part] = []
    results: list[Callable[[], list[tuple[NetworkState, TrainingHistory]]]] = []
    for group in groups:
        spec, problem = group.networks[0].spec, group.problem
        made = compiled.CompiledTrainer(spec, problem.config(spec), problem.training, *problem.arrays())
        members = made.networks(group.networks, group.seeds)
        each = zip(group.networks, group.seeds, group.labels, members, strict=True)
        states = [problem.resume(*arguments, how=compiled.NAME) for arguments in each]
        parts += _split(made, members, states)
        results.append(partial(_collect, problem, spec, members, states))
    compiled.emit_compilation(part.trainer.program for part in parts)
    _run_parts(parts)
    return [collect() for collect in results]


def _split(
    made: compiled.CompiledTrainer, members: Sequence[compiled.CompiledNetwork], states: Sequence[TrainingState]
) -> list[_Part]:
    """The networks that are not at their end, in parts that are computed at once."""
    state_of = {id(member): state for member, state in zip(members, states, strict=True)}
    chosen = made.groups([one for one in members if not state_of[id(one)].ended(one)])
    return [_Part(made, part, [state_of[id(one)] for one in part], GroupSize()) for part in chosen]


def _collect(
    problem: Problem,
    spec: NetworkSpec,
    members: Sequence[compiled.CompiledNetwork],
    states: Sequence[TrainingState],
) -> list[tuple[NetworkState, TrainingHistory]]:
    backends = dict.fromkeys(spec.all_layers(), compiled.NAME)
    return [(one.trained(), problem.history(state, backends)) for one, state in zip(members, states, strict=True)]


def _run_parts(parts: Sequence[_Part]) -> None:
    """Train networks to their end: parts take turns on the threads, so that all cores are busy until the last ones."""
    running: dict[Future[Any], _Part] = {}
    for part in parts:
        part.size.target_s = progress.REPORT_EVERY_S / len(parts)

    def submit(part: _Part) -> None:
        if epochs := part.next_epochs():
            running[compiled.threads.submit(partial(_timed_run, part, epochs))] = part

    try:
        for part in parts:
            submit(part)
        while running:
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                part = running.pop(future)
                part.record(*future.result())
                submit(part)
    finally:
        for future in running:
            future.cancel()


def _timed_run(part: _Part, epochs: int) -> tuple[Any, float]:
    clock = Clock()
    return part.trainer.run(part.networks, epochs), clock.lap()
