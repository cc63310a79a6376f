"""Table files: search, formats, and reading of all columns. The content decides on the format."""

import re
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pandas.core.arrays.arrow.extension_types  # without it, Arrow reads periods as numbers
import pyarrow as pa
from pyarrow import feather, parquet

from seqframe.config import PROJECT_ROOT, CsvSettings
from seqframe.data.excel_tables import read_excel_table
from seqframe.data.raw_table import INDEX, RawTable, number_format, with_text_of_objects
from seqframe.data.text_tables import read_text_table
from seqframe.errors import UserError, shorten


def find_table(name: str) -> Path:
    """Find a table; a relative path is looked up in the working directory, then in the project.

    Raises:
        UserError: It does not exist, is a folder or is empty.
    """
    folders = list(dict.fromkeys([Path.cwd(), PROJECT_ROOT]))
    try:
        found = next((folder / name for folder in folders if (folder / name).exists()), None)
    except OSError:  # the name is too long
        found = None
    if found is None:
        searched = "" if Path(name).is_absolute() else f" Searched: {', '.join(map(str, folders))}."
        raise UserError(f"`data.path` must name a file that exists. Received: {shorten(name)}.{searched}")
    if found.is_dir():
        raise UserError(f"`data.path` must name a file. Received a folder: {found}.")
    if found.stat().st_size == 0:
        raise UserError(f"A table needs a header and at least one row. Received an empty file: {found}.")
    return found


def read_raw_table(path: Path, settings: CsvSettings | None = None) -> RawTable:
    """Read all columns of a file, with their names in the file.

    Raises:
        UserError: The file is damaged, or holds no table.
    """
    settings = settings or CsvSettings()
    kind = _find_format(path)
    with _read_errors(path, kind):
        return FORMATS[kind](path, settings)


def _find_format(path: Path) -> str:
    """Format of a file by its first bytes: `parquet`, `feather`, `excel` or `text`."""
    with path.open("rb") as file:
        start = file.read(4096)
    if start.startswith(b"PAR1"):
        return "parquet"
    if start.startswith((b"ARROW1", b"FEA1")):
        return "feather"
    if start.startswith(b"\xd0\xcf\x11\xe0") or (zipfile.is_zipfile(path) and "[Content_Types].xml" in _members(path)):
        return "excel"
    named = path.suffix.lower().removeprefix(".")
    return named if named in ("parquet", "feather") else "text"


def _members(path: Path) -> list[str]:
    with zipfile.ZipFile(path) as archive:
        return archive.namelist()


def _read_parquet(path: Path, settings: CsvSettings) -> RawTable:
    with parquet.ParquetFile(path) as file:
        return _from_arrow(file.schema_arrow, lambda name: file.read([name]).column(0), settings)


def _read_feather(path: Path, settings: CsvSettings) -> RawTable:
    table = feather.read_table(path, memory_map=False)
    return _from_arrow(table.schema, table.column, settings)


def _from_arrow(schema: pa.Schema, read: Callable[[str], pa.ChunkedArray], settings: CsvSettings) -> RawTable:
    """Columns and stored indexes, read one by one."""
    columns = {}
    for number, (name, kind) in enumerate(zip(schema.names, schema.types, strict=True)):
        shown = INDEX if re.fullmatch(r"__index_level_\d+__", name) else name.strip()
        column = read(name)
        if pa.types.is_decimal(kind):
            column = column.cast(pa.float64(), safe=False)
        columns[number] = (shown, column.to_pandas(date_as_object=False))
    table = pd.DataFrame({number: column for number, (_, column) in columns.items()}, copy=False)
    table = with_text_of_objects(table).set_axis([name for name, _ in columns.values()], axis=1)
    return RawTable(table, number_format(table, settings))


@contextmanager
def _read_errors(path: Path, kind: str) -> Iterator[None]:
    """Report errors of the parsers as one line."""
    try:
        yield
    except UserError:
        raise
    except (ValueError, OSError, KeyError, pa.ArrowException) as error:
        reason = " ".join(str(error).split())
        raise UserError(f"{path.name} cannot be read as {KINDS[kind]}: {reason[:200]}") from error


KINDS = {"text": "CSV", "parquet": "PARQUET", "feather": "FEATHER", "excel": "an Excel file"}
FORMATS: dict[str, Callable[[Path, CsvSettings], RawTable]] = {
    "text": read_text_table,
    "parquet": _read_parquet,
    "feather": _read_feather,
    "excel": read_excel_table,
}
