"""All framings. A new one is a file in this folder and an entry in the list, or an entry point of another package.

`FRAMINGS` is made when it is first used: a package that provides a framing may import `seqframe.framings.base` first.
"""

from functools import cache
from typing import Any

from seqframe.config import Settings
from seqframe.config.plugins import load_entry_points
from seqframe.errors import UserError, shorten, suggest_names
from seqframe.framings.base import Framing, check_supported
from seqframe.framings.dense import DENSE
from seqframe.framings.encoder_decoder import ENCODER_DECODER
from seqframe.framings.many_to_many import MANY_TO_MANY
from seqframe.framings.many_to_one import MANY_TO_ONE
from seqframe.framings.one_step_vector import ONE_STEP_VECTOR
from seqframe.framings.one_to_many import ONE_TO_MANY
from seqframe.framings.one_to_one import ONE_TO_ONE
from seqframe.framings.pyramid import PYRAMID
from seqframe.framings.stateful import STATEFUL

TUTORIAL: tuple[Framing, ...] = (ONE_TO_ONE, MANY_TO_ONE, MANY_TO_MANY)  # of plain `kedro run`

LISTED: tuple[Framing, ...] = (
    *TUTORIAL,
    ONE_STEP_VECTOR,
    ONE_TO_MANY,
    ENCODER_DECODER,
    STATEFUL,
    PYRAMID,
    DENSE,
)

FRAMINGS: tuple[Framing, ...]  # the list above, then the framings of installed packages

BIDIRECTIONAL: tuple[Framing, ...] = tuple(each.bidirectional_variant() for each in (MANY_TO_ONE, MANY_TO_MANY))

__all__ = [
    "BIDIRECTIONAL",
    "FRAMINGS",
    "OTHER_PIPELINES",
    "TUTORIAL",
    "Framing",
    "candidate_framings",
    "check_framing_names",
    "check_supported",
    "compared_framings",
    "find_framing",
    "supported_framings",
]

ENTRY_POINTS = "seqframe.framings"
# A framing has a pipeline and a folder of its name: these names belong to other ones.
OTHER_PIPELINES = ("__default__", "compare", "experiments", "inspect", "predict", "seed_study", "sweep")
OTHER_FOLDERS = ("checkpoints", "classifier", "forecaster")


def supported_framings(settings: Settings) -> tuple[Framing, ...]:
    """The framings that support the settings, and for labels their bidirectional variants too."""
    framings = candidate_framings(settings)
    return tuple(framing for framing in framings if framing.unsupported_reason(settings) is None)


def compared_framings(settings: Settings) -> tuple[Framing, ...]:
    """The framings that a comparison trains: those in `backtest.framings`, or all that support the settings."""
    named = settings.backtest.named_framings
    if named is None:
        return supported_framings(settings)
    return tuple(framing for framing in candidate_framings(settings) if framing.name in named)


def candidate_framings(settings: Settings | None = None) -> tuple[Framing, ...]:
    """The framings that a comparison considers; without settings for all tasks.

    For labels, a framing whose outputs may depend on later steps is also considered with bidirectional layers, unless
    the settings make all of them bidirectional.
    """
    if settings is not None and (not settings.task.has_labels or settings.model.bidirectional):
        return _all_framings()
    return (*_all_framings(), *BIDIRECTIONAL)


def find_framing(name: str) -> Framing:
    """The framing with a name, or the bidirectional variant.

    Raises:
        StopIteration: There is none.
    """
    return next(framing for framing in candidate_framings() if framing.name == name)


def check_framing_names(names: set[str], setting: str = "training.epochs") -> None:
    """Refuse a setting with a name that is no framing, nor the bidirectional variant of one.

    Raises:
        UserError: The first such name, and the names of all framings.
    """
    valid = [framing.name for framing in candidate_framings()]
    for name in sorted(names - set(valid)):
        hint = suggest_names(name, valid, "Framings")
        raise UserError(f"`{setting}` must name a framing. Received: {shorten(name)}. {hint}")


def __getattr__(name: str) -> Any:
    if name == "FRAMINGS":
        return _all_framings()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


@cache
def _all_framings() -> tuple[Framing, ...]:
    taken = [*OTHER_PIPELINES, *OTHER_FOLDERS, *(framing.name for framing in LISTED)]
    return (*LISTED, *load_entry_points(ENTRY_POINTS, Framing, taken=taken))
