"""The leaderboard: all entries on the same origins, leads and units, in an order in which luck counts for nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, inf, nan
from typing import Any

import numpy as np
import pandas as pd

from seqframe.backtest.entries import NAIVE, Entry
from seqframe.backtest.folds import Folds
from seqframe.backtest.scores import find_losses, has_diverged, measure, tabulate_leads
from seqframe.forecasts.bootstrap import Draws, interval, resample_origins
from seqframe.forecasts.ranks import Ranking, fewest_replicates, rank_entries

REPLICATES = 2000  # of the bootstrap, or more where many entries ask for it
FEWEST_BLOCKS = 3
LEVEL = 0.05  # how often at most an order may be an accident


class OriginsDifferError(RuntimeError):
    """Entries were not scored on the same origins, leads and targets."""


@dataclass(frozen=True)
class Scored:
    """What a backtest came to.

    Attributes:
        leaderboard: One line an entry, the best first; those that diverged are last.
        pairs: One line a pair of entries: the difference of their errors, and whether it is beyond noise.
        per_lead: One line an entry and lead.
        ranking: The same order, with all pairs, of the entries that did not diverge.
        diverged: The names of those that did.
        apart: How many forecasts the test parts hold that do not overlap.
    """

    leaderboard: pd.DataFrame
    pairs: pd.DataFrame
    per_lead: pd.DataFrame
    ranking: Ranking
    diverged: tuple[str, ...]
    apart: int


def score_entries(entries: Sequence[Entry], folds: Folds) -> Scored:
    """Score and rank.

    An entry of which a forecast is not finite has diverged: its errors are infinite, and it stands last.

    Raises:
        OriginsDifferError: An entry has forecasts of other origins, leads or targets than the truth.
    """
    check_origins(entries, folds)
    truth = folds.truth()  # (origins, leads, targets)
    diverged = [entry for entry in entries if has_diverged(entry, truth)]
    losses = {entry.name: find_losses(entry, folds) for entry in entries if entry not in diverged}
    span, times = _overlap(folds), len(np.unique(folds.origins["time"]))
    draws, apart = _draw_times(times, span, len(losses)), times // span
    ranking = rank_entries(losses, draws, LEVEL, smallest=0.5 ** max(0, apart - 1))
    naive = min(each.loss for each in ranking.entries if each.name in NAIVE)
    by_name = {entry.name: entry for entry in entries}
    lines = []
    for ranked in ranking.entries:
        low, high = interval(losses[ranked.name], draws)
        errors = {"mase_low": low, "mase_high": high, "skill": 1 - ranked.loss / naive if naive else nan}
        lines.append(_line(by_name[ranked.name], ranked.rank, errors, folds))
    for entry in diverged:
        errors = {"mase_low": inf, "mase_high": inf, "skill": -inf}
        lines.append(_line(entry, 1 + len(losses), errors, folds))
    board, pairs, leads = pd.DataFrame(lines), pd.DataFrame(ranking.pairs), tabulate_leads(entries, folds)
    return Scored(board, pairs, leads, ranking, tuple(entry.name for entry in diverged), apart)


def check_origins(entries: Sequence[Entry], folds: Folds) -> None:
    """Hold all entries to the same origins, leads and targets: those of the truth, in test and validation parts alike.

    Raises:
        OriginsDifferError: One has others.
    """
    test = [folds.truth().shape]
    validation = [posed.truth(posed.validation).shape for posed in folds.posed]
    for entry in entries:
        for forecasts, shapes in (((entry.test,), test), (entry.validation, validation)):
            found = [each.shape[1:] for each in forecasts]
            if found != shapes:
                raise OriginsDifferError(f"{entry.name} forecasts {found}, and the truth is {shapes}.")


def _line(entry: Entry, rank: int, errors: dict[str, float], folds: Folds) -> dict[str, Any]:
    head = {"rank": rank, "entry": entry.name, "framing": entry.framing}
    return head | measure(entry, folds) | errors | dict(entry.costs)


def _overlap(folds: Folds) -> int:
    """How many neighbouring forecast times overlap: as many as lie in a whole forecast, gap and horizon."""
    task, times = folds.design.task, np.unique(folds.origins["time"])
    apart = float(np.median(np.diff(times))) if len(times) > 1 else 1.0  # steps: a stride lies between two
    return ceil((task.gap + (task.horizon or 0)) / apart)


def _draw_times(times: int, span: int, entries: int) -> Draws:
    """Draw forecast times anew, in blocks of a whole forecast, or of a third of all where there are few.

    All series of a time are drawn together, since what befalls one may befall all; and the times of all folds are one
    row of times, so that there is something to draw from.
    """
    block = min(span, max(1, times // FEWEST_BLOCKS))
    replicates = max(REPLICATES, fewest_replicates(entries, LEVEL))
    return resample_origins(np.zeros(times, np.intp), block, replicates, seed=0)
