"""Projects that were moved, renamed or copied.

MLflow stores the absolute path of the artifacts in its database. Without a change, a copied project would write its
artifacts into the original, and a moved one would not find them.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

from seqframe.tracking.store_checks import ARTIFACTS, LOCKED_S

PATHS = {  # columns with a path of artifacts, by table
    "experiments": ("artifact_location",),
    "runs": ("artifact_uri",),
    "logged_models": ("artifact_location",),
    "model_versions": ("source", "storage_location"),
}


def relocate(database: Path, experiment: str) -> None:
    """Let the artifacts of all runs be in the folder next to the database, if they were next to it before.

    An experiment whose artifacts are in a folder of another name, or in a bucket, is not changed.

    Raises:
        sqlite3.Error: The database cannot be changed.
    """
    new = (database.parent / ARTIFACTS).as_uri()
    with closing(sqlite3.connect(database, timeout=LOCKED_S)) as connection:
        if not all(_has_columns(connection, table, columns) for table, columns in PATHS.items()):
            return  # MLflow creates the tables, or says that they belong to another version
        query = "SELECT artifact_location FROM experiments WHERE name = ?"
        (old,) = connection.execute(query, (experiment,)).fetchone() or (None,)
        if not old or old == new or not old.startswith("file:///") or not old.endswith(f"/{ARTIFACTS}"):
            return
        with connection:  # one transaction
            for table, columns in PATHS.items():
                for column in columns:
                    connection.execute(
                        f"UPDATE {table} SET {column} = :new || substr({column}, length(:old) + 1) "
                        f"WHERE {column} = :old OR substr({column}, 1, length(:old) + 1) = :old || '/'",
                        {"old": old, "new": new},
                    )


def _has_columns(connection: sqlite3.Connection, table: str, columns: tuple[str, ...]) -> bool:
    found = {name for _, name, *_ in connection.execute(f"PRAGMA table_info({table})")}
    return found.issuperset(columns)
