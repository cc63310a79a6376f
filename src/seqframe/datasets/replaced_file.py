"""Files that are replaced as a whole."""

import os
from pathlib import Path, PurePosixPath
from typing import Any


class ReplacedFile:
    """A file that is written under a temporary name and renamed, so that nobody reads half of it.

    If writing fails, the previous file stays. Mixed in before a dataset of one local file.
    """

    _filepath: PurePosixPath

    def save(self, data: Any) -> None:
        """Write the data to a temporary file and rename it."""
        path = Path(self._filepath)
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(f".{path.stem}.{os.getpid()}{path.suffix}")
        self._filepath = PurePosixPath(unfinished)
        try:
            super().save(data)  # type: ignore[misc]
            unfinished.replace(path)
        except Exception as error:
            for each in (error, error.__cause__):
                if isinstance(each, OSError):
                    each.filename = str(path)  # for the message
            raise
        finally:
            self._filepath = PurePosixPath(path)
            unfinished.unlink(missing_ok=True)
