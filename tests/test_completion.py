"""Completion in a shell, as bash and zsh ask for it."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from conftest import kedro_environment
from seqframe.__main__ import main


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("frame --framing many_to", ["many_to_one", "many_to_many"]),
        ("describe ped", []),
        ("describe pyr", ["pyramid"]),
        ("compare --params training.learning", ["training.learning_rate="]),
        ("compare --params training.epochs=3,model.uni", ["training.epochs=3,model.units="]),
    ],
)
def test_seqframe_completes_names(words: str, found: list[str]) -> None:
    assert complete(main, f"seqframe {words}") == found


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("--pipeline seed", ["seed_study"]),
        ("--pipelines compare,swe", ["compare,sweep"]),
        ("--env sun", ["sunspots"]),
        ("--params sweep.n_tr", ["sweep.n_trials="]),
    ],
)
def test_kedro_run_completes_names(project: Path, words: str, found: list[str]) -> None:
    given = f"kedro run {words}".split()
    result = subprocess.run(
        [Path(sys.executable).with_name("kedro")],
        cwd=project,
        env=kedro_environment(
            COMP_WORDS=" ".join(given), COMP_CWORD=str(len(given) - 1), _KEDRO_COMPLETE="bash_complete"
        ),
        capture_output=True,
        text=True,
    )
    assert [line.partition(",")[2] for line in result.stdout.splitlines()] == found, result.stderr


def complete(command: Callable[..., object], words: str) -> list[str]:
    """The values that a shell shows after the words."""
    from click.shell_completion import BashComplete

    *before, incomplete = words.split()[1:]
    shell = BashComplete(command, {}, "seqframe", "_SEQFRAME_COMPLETE")  # type: ignore[arg-type]
    return [item.value for item in shell.get_completions(before, incomplete)]
