"""Conclusions of experiments, quoted from docs/experiments.md."""

import re
from functools import cache

from seqframe.errors import UserError
from seqframe.experiments import EXPERIMENTS
from tools.docs.templates import DOCS

RESULTS = DOCS / "experiments.md"


def quote_conclusion(name: str, folder: str) -> str:
    """The conclusion of an experiment, with the command that measures it; `folder` is the path to docs/ in links.

    Raises:
        UserError: There is no such experiment in docs/experiments.md.
    """
    conclusions = read_conclusions()
    if name not in conclusions:
        raise UserError(
            f"A quote must name an experiment of docs/experiments.md. Received: {name}. "
            f"Experiments: {', '.join(conclusions)}. `make experiments` writes the page."
        )
    title = next(f"{experiment.name}. {experiment.text}" for experiment in EXPERIMENTS if experiment.name == name)
    command = f"kedro run --pipeline=experiments --params experiments.only={name}"
    source = f"Experiment [{name}]({folder}experiments.md#{slug(title)}); to repeat it: `{command}`."
    return f"> {conclusions[name]}\n>\n> {source}"


@cache
def read_conclusions() -> dict[str, str]:
    """The conclusion of every experiment, which the page has in bold."""
    return dict(re.findall(r"^## (Q\d+)\. .*\n\n\*\*(.*)\*\*$", RESULTS.read_text(), flags=re.MULTILINE))


def slug(title: str) -> str:
    """The anchor of a heading.

    >>> slug("Q4. Dense(1) in place of TimeDistributed(Dense(1)): why?")
    'q4-dense1-in-place-of-timedistributeddense1-why'
    """
    return re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", title.lower()).strip())
