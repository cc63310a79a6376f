"""Train networks that differ in their seed at once, by compiled code, with events and checkpoints of each."""

from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from functools import partial
from typing import Any

from seqframe.networks.spec import NetworkSpec, NetworkState
from seqframe.training import compiled, progress
from seqframe.training.events import TrainingHistory
from seqframe.training.problem import Problem
from seqframe.training.progress import Clock, GroupSize, TrainingState
from seqframe.training.samples import WHOLE_BYTES


def trains_together(spec: NetworkSpec, problem: Problem, whole_bytes: int = WHOLE_BYTES) -> bool:
    """Whether compiled code trains the networks of a specification, any number at once."""
    batch = problem.training.batch_of(problem.samples.X_shape[0])
    fits = problem.bytes <= whole_bytes and problem.samples.X_shape[0] > 0
    return fits and compiled.supports(spec, problem.config(spec), problem.training, batch)


def train_together(
    networks: Sequence[NetworkState], problem: Problem, seeds: Sequence[int], labels: Sequence[str]
) -> list[tuple[NetworkState, TrainingHistory]]:
    """Train copies of networks of one specification that differ in their seed, which `trains_together` supports.

    Every result has the same bits as if the network were trained alone.
    """
    spec = networks[0].spec
    made = compiled.CompiledTrainer(spec, problem.config(spec), problem.training, *problem.arrays())
    made.emit_compilation()
    members = made.networks(networks, seeds)
    each = zip(networks, seeds, labels, members, strict=True)
    states = [problem.resume(*arguments, how=compiled.NAME) for arguments in each]
    _run_groups(made, members, states)
    backends = dict.fromkeys(spec.all_layers(), compiled.NAME)
    return [(one.trained(), problem.history(state, backends)) for one, state in zip(members, states, strict=True)]


def _run_groups(
    made: compiled.CompiledTrainer, members: Sequence[compiled.CompiledNetwork], states: Sequence[TrainingState]
) -> None:
    """Train networks to their end: groups take turns on the threads, so that all cores are busy until the last ones."""
    progress_of = {id(member): state for member, state in zip(members, states, strict=True)}
    groups = made.groups([one for one, state in zip(members, states, strict=True) if not state.ended(one)])
    sizes = [GroupSize(progress.REPORT_EVERY_S / len(groups)) for _ in groups]
    running: dict[Future[Any], int] = {}

    def submit(number: int) -> None:
        training = [one for one in groups[number] if not progress_of[id(one)].ended(one)]
        if training:
            state = progress_of[id(training[0])]
            epochs = min(sizes[number].epochs, state.epochs - len(state.losses))
            running[compiled.threads.submit(partial(_timed_run, made, groups[number], epochs))] = number

    try:
        for number in range(len(groups)):
            submit(number)
        while running:
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                number = running.pop(future)
                results, seconds = future.result()
                sizes[number].measure(max(len(losses) for losses, _ in results), seconds)
                for one, (losses, val_losses) in zip(groups[number], results, strict=True):
                    if losses:
                        progress_of[id(one)].record(one, losses, val_losses, seconds / len(groups[number]))
                submit(number)
    finally:
        for future in running:
            future.cancel()


def _timed_run(made: compiled.CompiledTrainer, group: list[compiled.CompiledNetwork], epochs: int) -> tuple[Any, float]:
    clock = Clock()
    return made.run(group, epochs), clock.lap()
