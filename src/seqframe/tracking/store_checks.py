"""Checks of an MLflow store before MLflow opens it: whatever is wrong with it is one line, at once."""

import os
import re
import sqlite3
import textwrap
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from seqframe.errors import UserError

SQLITE = "sqlite:///"
ARTIFACTS = "mlartifacts"  # folder of the artifacts, next to the database
CONNECT_S = 3.0  # how long a server may take to accept a connection
LOCKED_S = 5.0  # how long another process may lock the database
DRIVERS = {  # module of a database driver -> package
    "psycopg2": "psycopg2-binary",
    "psycopg": "'psycopg[binary]'",
    "MySQLdb": "mysqlclient",
    "pymysql": "pymysql",
    "pyodbc": "pyodbc",
}
REFUSED = (  # in messages of databases that respond, but refuse
    "authentication failed",
    "does not exist",
    "no password supplied",
    "pg_hba.conf",
    "Access denied",
    "Unknown database",
)


class StoreError(UserError):
    """A store that cannot be used before the user changes something."""


class StoreUnavailableError(UserError):
    """A store that does not respond now."""


def shown_uri(uri: str) -> str:
    """A URI without user name, password and query.

    >>> shown_uri("postgresql://me:secret@db:5432/mlflow?sslpassword=other")
    'postgresql://db:5432/mlflow'
    """
    if uri.startswith(SQLITE) or "://" not in uri:
        return uri
    return re.sub(r"://\S*@", "://", uri).partition("?")[0]


def has_secrets(uri: str) -> bool:
    """Whether a URI holds more than its shown part."""
    return shown_uri(uri) != uri


def hide_secrets(text: str, uri: str) -> str:
    """A text without the secrets of a URI."""
    if not has_secrets(uri):
        return text
    text = text.replace(uri, shown_uri(uri))
    _, _, password = uri.partition("://")[2].rpartition("@")[0].partition(":")
    secrets = [password, *(value for name, value in parse_qsl(urlsplit(uri).query) if "password" in name)]
    for secret in filter(None, secrets):
        text = text.replace(secret, "***").replace(unquote(secret), "***")
    return re.sub(r"://[^\s/]*@", "://", text)


def unusable(uri: str, reason: object, advice: str = "") -> StoreError:
    """The error of a store that cannot be used."""
    text = shorten_reason(reason, uri)
    return StoreError(f"MLflow's store must open. Received: {shown_uri(uri)}, which fails ({text}). {advice}".strip())


def unavailable(uri: str, reason: object) -> StoreUnavailableError:
    """The error of a store that does not respond now."""
    return StoreUnavailableError(f"MLflow at {shown_uri(uri)} does not answer ({shorten_reason(reason, uri)}).")


def failed(uri: str, reason: object) -> StoreUnavailableError:
    """The error of a store that has failed while it was written to."""
    return StoreUnavailableError(f"MLflow at {shown_uri(uri)} has failed ({shorten_reason(reason, uri)}).")


def shorten_reason(reason: object, uri: str) -> str:
    """The first line of an error, up to 150 characters, without the secrets of a URI."""
    text = (str(reason).strip() or type(reason).__name__).splitlines()[0]
    return textwrap.shorten(hide_secrets(text, uri), 150, placeholder=" …")


def is_store_failure(error: Exception) -> bool:
    """Whether an error comes from MLflow, its store or the disk, and not from a mistake in this package."""
    from mlflow.exceptions import MlflowException
    from requests import RequestException
    from sqlalchemy.exc import SQLAlchemyError

    return isinstance(error, (MlflowException, SQLAlchemyError, RequestException, OSError))


def check_store(uri: str) -> None:
    """Check what MLflow would need long to find out.

    Raises:
        StoreError, StoreUnavailableError: The store cannot be opened.
    """
    if uri.startswith(SQLITE):
        _check_file(uri, Path(uri.removeprefix(SQLITE)).absolute())
    elif uri.startswith(("http://", "https://")):
        _check_server(uri)
    elif re.match(r"(postgres(ql)?|mysql|mssql)(\+\w+)?:", uri):
        _check_database(uri)


def _check_file(uri: str, path: Path) -> None:
    """Check a SQLite database, which may be missing, and the folder of the artifacts next to it."""
    artifacts = path.parent / ARTIFACTS
    if path.is_symlink() and not path.exists():
        raise unusable(uri, "it is a link to a file that does not exist", "Remove the link, or make the file.")
    if path.is_dir():
        raise unusable(uri, "it is a folder", "Rename the folder.")
    if path.exists() and not os.access(path, os.R_OK | os.W_OK):
        raise unusable(uri, "it is read-only", "Make it writable, or set MLFLOW_TRACKING_URI.")
    if path.parent.exists() and not os.access(path.parent, os.W_OK | os.X_OK):
        raise unusable(uri, "its folder is read-only", "Make it writable, or set MLFLOW_TRACKING_URI.")
    if artifacts.exists() and not artifacts.is_dir():
        raise unusable(uri, f"{artifacts} is a file, but must be a folder", "Rename the file.")
    if artifacts.exists() and not os.access(artifacts, os.W_OK | os.X_OK):
        raise unusable(uri, f"{artifacts} is read-only", "Make it writable.")
    if path.exists():
        _check_content(uri, path)


def _check_content(uri: str, path: Path) -> None:
    try:
        with closing(sqlite3.connect(path, timeout=LOCKED_S)) as connection:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.OperationalError as error:  # another process has locked it, or the disk fails
        raise unavailable(uri, error) from None
    except sqlite3.DatabaseError as error:
        raise unusable(uri, error, "Restore it from a copy, or rename it: a new one is made.") from None


def _check_server(uri: str) -> None:
    """Check that a server answers; what it answers is checked later, except for its own errors."""
    import requests
    from mlflow.environment_variables import MLFLOW_HTTP_REQUEST_TIMEOUT, MLFLOW_TRACKING_INSECURE_TLS
    from requests import exceptions

    timeout = (CONNECT_S, max(CONNECT_S, MLFLOW_HTTP_REQUEST_TIMEOUT.get()))
    certificate = os.environ.get("MLFLOW_TRACKING_SERVER_CERT_PATH") or not MLFLOW_TRACKING_INSECURE_TLS.get()
    try:
        status = requests.get(f"{uri.rstrip('/')}/health", timeout=timeout, verify=certificate).status_code
    except exceptions.SSLError as error:
        raise unusable(uri, _innermost(error)) from None
    except (exceptions.ConnectionError, exceptions.Timeout) as error:
        raise unavailable(uri, _innermost(error)) from None
    except (exceptions.RequestException, ValueError) as error:
        raise unusable(uri, error, "Set MLFLOW_TRACKING_URI.") from None
    if status >= 500:
        raise unavailable(uri, f"HTTP status {status}")


def _innermost(error: Exception) -> str:
    """What a network error says, without the objects around it."""
    text = str(error)
    found = re.search(
        r"(Connection refused|timed? ?out|Name or service not known|[Cc]onnection (reset|aborted)[^'\")]*)", text
    )
    return found[0].lower() if found else text.rpartition(": ")[2].strip("()'\"")


def _check_database(uri: str) -> None:
    """Connect to a database server once; MLflow would try ten times."""
    import sqlalchemy
    from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError
    from sqlalchemy.pool import NullPool

    arguments: dict[str, Any] = {} if uri.startswith("mssql") else {"connect_timeout": int(CONNECT_S)}
    try:
        sqlalchemy.create_engine(uri, poolclass=NullPool, connect_args=arguments).connect().close()
    except ModuleNotFoundError as error:
        package = DRIVERS.get(str(error.name), str(error.name))
        raise unusable(uri, f"the driver {error.name} is missing", f"Install it: pip install {package}") from None
    except NoSuchModuleError:
        raise unusable(uri, "SQLAlchemy knows no such database", "PostgreSQL's URI begins with postgresql://") from None
    except (ArgumentError, ValueError) as error:
        raise unusable(uri, error, "Set MLFLOW_TRACKING_URI.") from None
    except SQLAlchemyError as error:
        reason = getattr(error, "orig", None) or error
        refused = any(text in str(reason) for text in REFUSED)
        raise (unusable if refused else unavailable)(uri, _last_line(reason)) from None


def _last_line(reason: object) -> str:
    """The part of an error of a driver that says what failed."""
    return str(reason).strip().splitlines()[0].rpartition("failed: ")[2]
