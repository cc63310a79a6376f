"""URIs and messages without secrets."""

import pytest

from seqframe.tracking.store import shown_ui_command
from seqframe.tracking.store_checks import hide_secrets, shown_uri, unavailable, unusable

URIS = [
    "postgresql://me:p%40ss@db:5432/mlflow",
    "postgresql+psycopg://me:p@ss/word@db/mlflow",
    "mysql://me:geheim@db/mlflow?ssl_password=other",
    "http://me:geheim@127.0.0.1:5000",
    "https://token@host/path",
]


@pytest.mark.parametrize("uri", URIS)
def test_secrets_are_not_shown(uri: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    reason = f"cannot open {uri}: password 'p@ss' or 'geheim' is wrong, or http://me:x@proxy"
    texts = [shown_uri(uri), str(unusable(uri, reason)), str(unavailable(uri, reason)), shown_ui_command()]
    password = uri.partition("://")[2].rpartition("@")[0].partition(":")[2]
    for text in texts:
        assert uri not in text
        assert "me:" not in text
        assert not password or password not in text
        assert "ssl_password=other" not in text


def test_a_decoded_password_is_hidden() -> None:
    assert hide_secrets("wrong: p@ss", URIS[0]) == "wrong: ***"


@pytest.mark.parametrize("uri", ["sqlite:////home/a@b/mlflow.db", "http://127.0.0.1:5000", "databricks"])
def test_a_uri_without_secrets_is_shown(uri: str) -> None:
    assert shown_uri(uri) == uri
