"""Messages of libraries while they are imported."""

import os

import pytest

from seqframe.networks.backend import _silent_stderr

MESSAGE = b"no GPU\n"


def fail(error: type[BaseException]) -> None:
    with _silent_stderr():
        os.write(2, MESSAGE)
        raise error


@pytest.mark.parametrize(
    ("error", "shown"), [(ImportError, "no GPU\n"), (KeyboardInterrupt, "")], ids=["failure", "Ctrl-C"]
)
def test_messages_are_shown_if_an_import_fails(
    error: type[BaseException], shown: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(error):
        fail(error)
    assert capfd.readouterr().err == shown


def test_messages_of_an_import_are_hidden(capfd: pytest.CaptureFixture[str]) -> None:
    with _silent_stderr():
        os.write(2, MESSAGE)
    os.write(2, b"later\n")
    assert capfd.readouterr().err == "later\n"
