"""Kedro datasets for tables and texts that a run writes for people."""

from typing import Any

from kedro_datasets.pandas.csv_dataset import CSVDataset
from kedro_datasets.pandas.parquet_dataset import ParquetDataset
from kedro_datasets.text.text_dataset import TextDataset

from seqframe.datasets.replaced_file import ReplacedFile
from seqframe.reporting.csv_text import escape_formulas


class CsvFile(ReplacedFile, CSVDataset):
    """A table in a CSV file, in which text that a spreadsheet would run as a formula starts with an apostrophe."""

    def save(self, data: Any) -> None:
        """Write the table."""
        super().save(escape_formulas(data))


class ParquetFile(ReplacedFile, ParquetDataset):
    """A table in a Parquet file."""


class TextFile(ReplacedFile, TextDataset):
    """A text."""
