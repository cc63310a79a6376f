"""All framings, listed by hand. A new one is a file in this folder and an entry here."""

from seqframe.errors import UserError
from seqframe.framings.base import Framing, check_task
from seqframe.framings.many_to_many import MANY_TO_MANY
from seqframe.framings.many_to_one import MANY_TO_ONE
from seqframe.framings.one_to_one import ONE_TO_ONE

FRAMINGS: tuple[Framing, ...] = (
    ONE_TO_ONE,
    MANY_TO_ONE,
    MANY_TO_MANY,
)

__all__ = ["FRAMINGS", "Framing", "check_names", "check_task"]


def check_names(names: set[str]) -> None:
    """Refuse a name that is no framing's.

    Raises:
        UserError: Naming the first such name and the framings there are.
    """
    known = [framing.name for framing in FRAMINGS]
    for name in sorted(names - set(known)):
        raise UserError(
            f"`training.epochs` names a framing that there is not. Received: {name}. Framings: {', '.join(known)}."
        )
