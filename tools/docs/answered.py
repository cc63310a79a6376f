"""What was measured for the tutorial's questions, taken from the page of the answers."""

import re
from functools import cache

from seqframe.errors import UserError
from seqframe.experiments import EXPERIMENTS
from tools.docs.places import DOCS

ANSWERS = DOCS / "experiments.md"


def quote_answer(name: str, folder: str) -> str:
    """The sentence of a question as a quotation, with the command that measures it; `folder` is where the page lies.

    Raises:
        UserError: There is no such question, or the page has no answer to it.
    """
    sentences = read_sentences()
    if name not in sentences:
        raise UserError(
            f"A quotation names a question that docs/experiments.md answers. Received: {name}. "
            f"Answered: {', '.join(sentences)}. `make answers` writes the page anew."
        )
    title = next(f"{question.name}. {question.text}" for question in EXPERIMENTS if question.name == name)
    command = f"kedro run --pipeline=experiments --params experiments.only={name}"
    return (
        f"> {sentences[name]}\n>\n> Measured: [{name}]({folder}experiments.md#{slug(title)}); again with `{command}`."
    )


@cache
def read_sentences() -> dict[str, str]:
    """The sentence of every question, as the page has it in bold."""
    return dict(re.findall(r"^## (Q\d+)\. .*\n\n\*\*(.*)\*\*$", ANSWERS.read_text(), flags=re.MULTILINE))


def slug(title: str) -> str:
    """A heading's address in its page.

    >>> slug("Q4. Dense(1) in place of TimeDistributed(Dense(1)): why?")
    'q4-dense1-in-place-of-timedistributeddense1-why'
    """
    return re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", title.lower()).strip())
