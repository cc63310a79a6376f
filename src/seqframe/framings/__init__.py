"""All framings, listed by hand. A new one is a file in this folder and an entry here."""

from seqframe.config import Settings
from seqframe.errors import UserError
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

TUTORIAL: tuple[Framing, ...] = (ONE_TO_ONE, MANY_TO_ONE, MANY_TO_MANY)  # what plain `kedro run` runs

FRAMINGS: tuple[Framing, ...] = (
    *TUTORIAL,
    ONE_STEP_VECTOR,
    ONE_TO_MANY,
    ENCODER_DECODER,
    STATEFUL,
    PYRAMID,
    DENSE,
)

__all__ = ["FRAMINGS", "Framing", "TUTORIAL", "check_framing_names", "check_supported", "supported_framings"]


def supported_framings(settings: Settings) -> tuple[Framing, ...]:
    """The framings that can pose what the settings ask for."""
    return tuple(framing for framing in FRAMINGS if framing.unsupported_reason(settings) is None)


def check_framing_names(names: set[str], setting: str = "training.epochs") -> None:
    """Refuse a name in a setting that is no framing's.

    Raises:
        UserError: Naming the first such name and the framings there are.
    """
    known = [framing.name for framing in FRAMINGS]
    for name in sorted(names - set(known)):
        raise UserError(
            f"`{setting}` names a framing that there is not. Received: {name}. Framings: {', '.join(known)}."
        )
