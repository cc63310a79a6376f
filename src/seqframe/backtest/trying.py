"""A framing, tried: trained from several seeds in every fold, each network forecasting its validation and test part."""

from functools import partial
from time import perf_counter

from seqframe.backtest.attempts import Attempt, Attempts
from seqframe.backtest.folds import Folds
from seqframe.backtest.memory import PeakMemory
from seqframe.config import Training
from seqframe.forecasting import forecast
from seqframe.framings import Framing
from seqframe.network import draw_network, predict
from seqframe.plan import Network, Plan
from seqframe.posing import Posed
from seqframe.progress import History
from seqframe.training import Samples, train_samples


def try_framing(plan: Plan, framing: Framing, folds: Folds, training: Training) -> Attempts:
    """Train and forecast with every seed in every fold. Nothing but the scores sees a test part."""
    attempts = []
    with PeakMemory() as memory:
        for number, posed in enumerate(folds.posed, start=1):
            for seed in range(training.seeds):
                part = f"fold {number} of {len(folds.posed)}, seed {seed + 1} of {training.seeds}"
                network, history = train_network(plan, framing, posed, training, seed, part)
                answer = partial(predict, network)
                validation = forecast(answer, framing, posed, posed.validation)
                started = perf_counter()
                test = forecast(answer, framing, posed, posed.unseen)
                milliseconds = (perf_counter() - started) / len(posed.unseen) * 1000
                attempts.append(Attempt(number, seed, history, validation, test, milliseconds))
    return Attempts(framing, plan, tuple(attempts), memory.megabytes)


def train_network(
    plan: Plan, framing: Framing, posed: Posed, training: Training, seed: int, part: str
) -> tuple[Network, History]:
    """Train one network on the training part of a fold; its validation part says when to stop.

    A batch is so many windows, whatever number of samples a framing makes of one, so that all make as many updates.
    """
    trained_on = posed.for_training(framing)
    samples = trained_on.framed(framing, trained_on.windows)
    checks = trained_on.framed(framing, trained_on.validation)
    settings = training.model_copy(update={"seed": seed, "batch_size": _samples_of(training.batch_size, samples, plan)})
    return train_samples(draw_network(plan, seed), samples, settings, validation=checks, part=part)


def _samples_of(windows: int | str, samples: Samples, plan: Plan) -> int | str:
    """How many samples so many windows are; where a state is carried, a batch is one sample, as ever."""
    if isinstance(windows, str) or plan.carried:
        return windows
    return windows * samples.samples_per_window
