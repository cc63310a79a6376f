"""Kedro datasets for tables and texts that a run writes for people."""

from pathlib import Path, PurePosixPath
from typing import Any

import pandas as pd
from kedro.io import AbstractDataset
from kedro_datasets._typing import TablePreview
from kedro_datasets.text.text_dataset import TextDataset

from seqframe.datasets.replaced_file import ReplacedFile
from seqframe.reporting.csv_text import escape_formulas


class LocalTable(AbstractDataset[pd.DataFrame, pd.DataFrame]):
    """A table in a local file of pandas' `format`. The tables of Kedro-Datasets import SQLAlchemy for its databases."""

    format: str

    def __init__(
        self,
        filepath: str,
        load_args: dict[str, Any] | None = None,
        save_args: dict[str, Any] | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        self._filepath = PurePosixPath(filepath)
        self._load_args, self._save_args = load_args or {}, save_args or {}
        self.metadata = metadata

    def load(self) -> pd.DataFrame:
        """Read the table, with the arguments `load_args`."""
        return getattr(pd, f"read_{self.format}")(Path(self._filepath), **self._load_args)

    def save(self, data: pd.DataFrame) -> None:
        """Write the table, with the arguments `save_args`."""
        getattr(data, f"to_{self.format}")(Path(self._filepath), **self._save_args)

    def preview(self, nrows: int = 5) -> TablePreview:
        """The first rows, for Kedro-Viz."""
        rows: TablePreview = self.load().head(nrows).to_dict(orient="split")
        return rows

    def _exists(self) -> bool:
        return Path(self._filepath).exists()

    def _describe(self) -> dict[str, Any]:
        return {"filepath": self._filepath, "load_args": self._load_args, "save_args": self._save_args}


class CsvFile(ReplacedFile, LocalTable):
    """A table in a CSV file, in which text that a spreadsheet would run as a formula starts with an apostrophe."""

    format = "csv"

    def save(self, data: Any) -> None:
        """Write the table."""
        super().save(escape_formulas(data))


class ParquetFile(ReplacedFile, LocalTable):
    """A table in a Parquet file."""

    format = "parquet"


class TextFile(ReplacedFile, TextDataset):
    """A text."""
