"""Text tables in many dialects give the values that were written."""

import bz2
import gzip
import lzma
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from seqframe.config import CsvSettings
from seqframe.data.cells import NumberFormat, parse_cells, to_numeric
from seqframe.data.files import read_raw_table
from seqframe.errors import UserError

VALUES = [5.25, -60.5, 1234.75, 0.125]
DAYS = ["2021-01-01", "2021-01-02", "2021-01-03", "2021-01-04"]


def table(separator: str = ",", decimal: str = ".") -> str:
    lines = [f"{day}{separator}{value:.3f}".replace(".", decimal) for day, value in zip(DAYS, VALUES, strict=True)]
    return "\n".join([f"day{separator}y", *lines]) + "\n"


def read(path: Path, **settings: object) -> tuple[pd.DataFrame, tuple[str, ...]]:
    raw = read_raw_table(path, CsvSettings.model_validate(settings))
    values = {"y": to_numeric(raw.columns["y"], path.name, raw.parse("y"))} if "y" in raw.columns else {}
    return raw.columns.assign(**values), raw.notes


def numbers_in(cells: list[str], missing: str = "", notes: list[str] | None = None) -> np.ndarray:
    column = pd.Series(cells, name="y")
    return to_numeric(column, "t.csv", parse_cells(column, NumberFormat(missing=frozenset({missing}))), notes)


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("separator", [",", ";", "\t", "|", " "])
def test_separators(tmp_path: Path, separator: str) -> None:
    df, _ = read(write(tmp_path / "t.csv", table(separator)))
    assert df["y"].tolist() == VALUES
    assert df["day"].tolist() == DAYS


@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_decimal_commas(tmp_path: Path, separator: str) -> None:
    df, notes = read(write(tmp_path / "t.csv", table(separator, ",").replace("1234,750", "1234,7500")))
    assert df["y"].tolist() == VALUES
    assert "decimal comma" in notes[0]


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1", "cp1252"])
def test_encodings_and_line_ends(tmp_path: Path, encoding: str, ends: str) -> None:
    text = table().replace("day", "Größe").replace("\n", ends)
    df, _ = read(write(tmp_path / "t.csv", text, encoding))
    assert df.columns.tolist() == ["Größe", "y"]
    assert df["y"].tolist() == VALUES


def _zip(data: bytes, path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("inner.csv", data)


COMPRESSORS: dict[str, Callable[[bytes, Path], object]] = {
    "gzip": lambda data, path: path.write_bytes(gzip.compress(data)),
    "bz2": lambda data, path: path.write_bytes(bz2.compress(data)),
    "xz": lambda data, path: path.write_bytes(lzma.compress(data)),
    "zstd": lambda data, path: path.write_bytes(pa.compress(data, "zstd", asbytes=True)),
    "zip": _zip,
}


@pytest.mark.parametrize("name", COMPRESSORS)
def test_compression_is_found_by_content(tmp_path: Path, name: str) -> None:
    COMPRESSORS[name](table().encode(), tmp_path / "t.csv")
    df, notes = read(tmp_path / "t.csv")
    assert df["y"].tolist() == VALUES
    assert f"{name} compressed" in notes[0]


@pytest.mark.parametrize(
    ("above", "below", "note"),
    [
        ("", "", "Read t.csv: 4 rows."),
        ("# a comment\n", "", "1 line above the header skipped ('# a comment')"),
        ("Sales report 2021\n\n", "", "1 line above the header skipped ('Sales report 2021')"),
        ("", "Total,1180.125\n", "1 line at the end skipped ('Total,1180.125')"),
        ("", "\nSource: the meter\n", "1 line at the end skipped ('Source: the meter')"),
        ("", "# end\n", "1 line at the end skipped ('# end')"),
    ],
)
def test_lines_around_the_data(tmp_path: Path, above: str, below: str, note: str) -> None:
    df, notes = read(write(tmp_path / "t.csv", above + table() + below))
    assert df["y"].tolist() == VALUES
    assert note in notes[0]


@pytest.mark.parametrize("name", ["Total", "mean", "Max"])
def test_a_series_with_the_name_of_a_total_has_all_its_rows(tmp_path: Path, name: str) -> None:
    rows = [f"{region},{day},{number}" for region in ("North", name) for number, day in enumerate(DAYS)]
    df, notes = read(write(tmp_path / "t.csv", "\n".join(["region,day,y", *rows, ""])))
    assert len(df) == len(rows)
    assert "skipped" not in notes[0]


@pytest.mark.parametrize("end", ["", "\n", "\n\n", "\nTotal\n\n"])
def test_blank_lines_at_the_end_of_a_single_column_are_no_rows(tmp_path: Path, end: str) -> None:
    df, notes = read(write(tmp_path / "t.csv", f"y\n5.25\n\n1234.75\n{end}"))
    assert df["y"].isna().tolist() == [False, True, False]
    assert "3 rows" in notes[0]


def test_a_row_with_too_many_cells_is_no_row_of_units(tmp_path: Path) -> None:
    path = write(tmp_path / "t.csv", 'per%\n"x"|"0,02"\n"1,26"\n"2,40"\n"-0,31"\n')
    with pytest.raises(UserError, match=r"must have 1 cell\."):
        read(path)


@pytest.mark.parametrize("unit", ["[kWh]", "(°C)"])
def test_a_unit_in_brackets_below_the_name_of_a_single_column_is_skipped(tmp_path: Path, unit: str) -> None:
    df, notes = read(write(tmp_path / "t.csv", f"y\n{unit}\n5.25\n1234.75\n2.5\n"))
    assert df["y"].tolist() == [5.25, 1234.75, 2.5]
    assert f"units row skipped ('{unit}')" in notes[0]


@pytest.mark.parametrize("text", ["n/k", "kWh"])
def test_other_text_below_the_name_of_a_single_column_is_no_unit(tmp_path: Path, text: str) -> None:
    with pytest.raises(UserError, match=f"must hold numbers. Received: '{text}' in row 1"):
        read(write(tmp_path / "t.csv", f"y\n{text}\n5.25\n1234.75\n2.5\n"))


def test_a_table_without_a_header_has_numbered_columns(tmp_path: Path) -> None:
    df, notes = read(write(tmp_path / "t.csv", table().split("\n", 1)[1]))
    assert df["column_2"].tolist() == VALUES
    assert "no header, columns named column_1 to column_2" in notes[0]


def test_names_in_a_comment(tmp_path: Path) -> None:
    df, _ = read(write(tmp_path / "t.csv", "# " + table()))
    assert df.columns.tolist() == ["day", "y"]


def test_a_column_of_row_names_has_no_name(tmp_path: Path) -> None:
    df, _ = read(write(tmp_path / "t.csv", "x y\na 1 2.5\nb 2 3.5\nc 3 1.5\n"))
    assert df.columns.tolist() == ["Unnamed: 0", "x", "y"]
    assert df["y"].tolist() == [2.5, 3.5, 1.5]


def test_quoted_cells_may_hold_separators_and_line_breaks(tmp_path: Path) -> None:
    df, _ = read(write(tmp_path / "t.csv", 'note,y\n"a, b",1.5\n"two\nlines",2.5\n"say ""hi""",3.5\n'))
    assert df["note"].tolist() == ["a, b", "two\nlines", 'say "hi"']
    assert df["y"].tolist() == [1.5, 2.5, 3.5]


def test_a_type_that_changes_late(tmp_path: Path) -> None:
    cells = [str(number) for number in range(20_000)] + ["20000.5", "n/a", "7"]
    df, _ = read(write(tmp_path / "t.csv", "y,z\n" + "\n".join(f"{cell},1" for cell in cells) + "\n"))
    assert df["y"].tolist()[-4:-2] == [19999.0, 20000.5]
    assert np.isnan(df["y"].iloc[-2])


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["1 234,5", "2 345,75"], [1234.5, 2345.75]),
        (["1.234.567", "2.345.678"], [1234567, 2345678]),
        (["1'234.5", "999.25"], [1234.5, 999.25]),
        (["99,999.50", "1,23,456.75", "12,34,567", "1,00,00,000"], [99999.5, 123456.75, 1234567, 10000000]),
        (["₹ 1,23,456", "-₹ 99,000"], [123456, -99000]),
        (["€ 5", "€ 7.5"], [5, 7.5]),
        (["USD 5.25", "USD -7.5"], [5.25, -7.5]),
        (["-$5.25", "($7.50)"], [-5.25, -7.5]),
        (["52.58%", "7 %"], [52.58, 7]),
        (["5 kWh", "7.5 kWh"], [5, 7.5]),
        (["−5.5", "+7.5"], [-5.5, 7.5]),
        (["1e3", "2.5E-2"], [1000, 0.025]),
        (["yes", "no"], [1, 0]),
        (["TRUE", "false"], [1, 0]),
        (["#N/A", "3.5"], [np.nan, 3.5]),
        (["n.a.", ":", "…", "3.5"], [np.nan, np.nan, np.nan, 3.5]),
        (["US$5.25", "US$-7.5"], [5.25, -7.5]),
        (["$(1,234.50)", "$5.25"], [-1234.5, 5.25]),
        (["5.25-", "7.5"], [-5.25, 7.5]),
        (["–5.25", "7.5"], [-5.25, 7.5]),
        (["1\u2009234.5", "7.25"], [1234.5, 7.25]),
        (["5.25K", "7K", "0"], [5.25, 7, 0]),
    ],
)
def test_cells(cells: list[str], expected: list[float]) -> None:
    assert numbers_in(cells).tolist() == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        (["5", "five"], "Column y of t.csv must hold numbers. Received: 'five' in row 2 (1 such rows)."),
        (["5 kg", "7 lb"], "Received: '5 kg' in row 1 (2 such rows)."),
        (["1,234", "5,678"], "Received: 1,234, which is 1.234 (decimal comma) or 1234 (decimal point, ',' between"),
        (["2021-01-01"], "Received: '2021-01-01' in row 1"),
        (["5K", "7000"], "Received: '5K' in row 1"),
        (["5%", "0.07"], "Received: '5%' in row 1"),
        (["-5-", "7"], "Received: '-5-' in row 1"),
        (["12,34,56"], "Received: '12,34,56' in row 1 (1 such rows)."),
        (["123,45,678", "1,23,4567"], "Received: '123,45,678' in row 1 (2 such rows)."),
        (["5", "off", "7"], "Correct it, or set data.csv.na_values=off if it means missing."),
    ],
)
def test_cells_that_are_no_numbers(cells: list[str], message: str) -> None:
    with pytest.raises(UserError) as caught:
        numbers_in(cells)
    assert message in str(caught.value)


def test_a_column_of_codes_for_missing_values_is_not_true_and_false() -> None:
    notes: list[str] = []
    assert np.isnan(numbers_in(["n/a", "-", ""], notes=notes)).all()
    assert notes == ["Column y: '-', 'n/a' taken as missing."]
    assert numbers_in(["t", "f"], missing="f").tolist() == pytest.approx([1, np.nan], nan_ok=True)


def test_settings_decide(tmp_path: Path) -> None:
    path = write(tmp_path / "t.csv", "day;y\n1;1.234\n2;5.678\n")
    with pytest.raises(UserError, match=r"1.234, which is 1.234 \(decimal point\) or 1234 \(decimal comma"):
        read(path)
    assert read(path, decimal=".")[0]["y"].tolist() == [1.234, 5.678]
    assert read(path, decimal=",", thousands=".")[0]["y"].tolist() == [1234, 5678]
    titled = write(tmp_path / "u.csv", "a,b\nday,y\n1,2\n3,4\nx,9\n")
    assert read(titled, skiprows=1, skipfooter=1)[0]["y"].tolist() == [2, 4]
    assert np.isnan(read(titled, skiprows=1, skipfooter=1, na_values=[4])[0]["y"].iloc[1])


def test_damaged_files_are_one_line(tmp_path: Path) -> None:
    cut = gzip.compress(table().encode() * 100)[:60]
    (tmp_path / "t.csv").write_bytes(cut)
    with pytest.raises(UserError, match="t.csv cannot be decompressed as gzip"):
        read(tmp_path / "t.csv")
    with pytest.raises(UserError, match="Received: 5 names and rows of 3 cells"):
        read(write(tmp_path / "u.csv", "a,b,c,d,e\n1,2,3\n4,5,6\n7,8,9\n"))


@pytest.mark.parametrize(
    ("above", "below", "note"),
    [
        ([["Sales report", None], [None, None], ["day", "y"]], [], "1 line above the header skipped ('Sales report,')"),
        ([["Created", "2021-02-01"], ["day", "y"]], [], "1 line above the header skipped"),
        ([["day", "y"], [None, "kWh"]], [], "units row skipped (',kWh')"),
        ([["day", "y"]], [["Total", 7]], "1 line at the end skipped ('Total,7')"),
        ([["day", "y"]], [[None, None], ["Source: a bureau", None]], "1 line at the end skipped"),
    ],
)
def test_lines_around_the_data_in_excel(tmp_path: Path, above: list[Any], below: list[Any], note: str) -> None:
    rows = [*above, *map(list, zip(pd.to_datetime(DAYS), VALUES, strict=True)), *below]
    with pd.ExcelWriter(tmp_path / "t.xlsx") as file:
        pd.DataFrame(["read me"]).to_excel(file, sheet_name="Info", index=False)
        pd.DataFrame(rows, dtype=object).to_excel(file, sheet_name="Data", index=False, header=False)
    df, notes = read(tmp_path / "t.xlsx")
    assert (df["day"].tolist(), df["y"].tolist()) == (list(pd.to_datetime(DAYS)), VALUES)
    assert df.dtypes.tolist()[1] == np.float64
    assert "sheet Data of 2 (Info, Data)" in notes[0]
    assert note in notes[0]


@pytest.mark.parametrize(
    ("above", "below", "note"),
    [
        ("sep=;\n{names}", "", "1 line above the header skipped ('sep=;')"),
        ("Station:;Berlin\nHeight:;34\n{names}", "", "2 lines above the header skipped"),
        (";A\n{names}", "", "1 line above the header skipped (';A')"),
        ("{names}Ticker;A\nDate;\n", "", "units row skipped ('Ticker;A'), units row skipped ('Date;')"),
        ("{names}", '"Source: a bureau; a city"\n* preliminary\n', "2 lines at the end skipped"),
        ("{names}% a note\n", "", "4 rows"),
        ("{names}", "(4 rows affected)\n", "1 line at the end skipped"),
        ("{names}", "Source: a bureau;\n", "1 line at the end skipped"),
        ("{names}", "Min;-60.5\nMax;1234.75\n", "2 lines at the end skipped"),
    ],
)
def test_lines_that_other_programs_write(tmp_path: Path, above: str, below: str, note: str) -> None:
    names, rows = table(";").split("\n", 1)
    df, notes = read(write(tmp_path / "t.csv", above.format(names=f"{names}\n") + rows + below))
    assert (df["day"].tolist(), df["y"].tolist()) == (DAYS, VALUES)
    assert note in notes[0]


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ('[{"day": 1, "y": 2}]', "JSON"),
        ('{"day": 1, "y": 2}\n{"day": 2, "y": 3}\n', "JSON"),
        ("%PDF-1.4\n1 0 obj\n", "a PDF document"),
        ("SQLite format 3\0\0", "a database"),
    ],
)
def test_other_kinds_of_files_are_refused(tmp_path: Path, content: str, kind: str) -> None:
    with pytest.raises(UserError, match=f"Received: t.csv, which is {kind}. Save it as CSV."):
        read(write(tmp_path / "t.csv", content))


def test_columns_in_different_marks(tmp_path: Path) -> None:
    raw = read_raw_table(write(tmp_path / "t.csv", "a;y\n1.5;52,58\n2.25;7,125\n3.5;1.234,5\n"), CsvSettings())
    notes: list[str] = []
    column = raw.columns["y"]
    assert to_numeric(column, "t.csv", raw.parse("y"), notes).tolist() == [52.58, 7.125, 1234.5]
    assert notes == ["Column y: read with decimal comma, '.' between thousands, unlike other columns."]


def test_periods_in_parquet_are_read_by_another_process(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    pd.DataFrame({"y": VALUES}, pd.period_range("2001-01", periods=4, freq="M", name="month")).to_parquet(path)
    code = f"from seqframe.data.files import *; print(read_raw_table(Path({str(path)!r})).columns.dtypes['month'])"
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "period[M]\n"
    )


def test_quoted_names_between_spaces(tmp_path: Path) -> None:
    rows = "".join(f'"{n}" "{day}" {value}\n' for n, (day, value) in enumerate(zip(DAYS, VALUES, strict=True), 1))
    df, _ = read(write(tmp_path / "t.txt", '"day" "y"\n' + rows))
    assert df.columns.tolist() == ["Unnamed: 0", "day", "y"]
    assert (df["day"].tolist(), df["y"].tolist()) == (DAYS, VALUES)


@pytest.mark.parametrize("suffix", [".xlsx", ".feather", ".parquet"])
def test_other_formats_have_the_same_values(tmp_path: Path, suffix: str) -> None:
    written = pd.DataFrame({"day": pd.to_datetime(DAYS), "y": VALUES})
    path = tmp_path / f"t{suffix}"
    {".xlsx": written.to_excel, ".feather": written.to_feather, ".parquet": written.to_parquet}[suffix](
        path, **({"index": False} if suffix == ".xlsx" else {})
    )
    df, _ = read(path.rename(tmp_path / "renamed.data"))
    assert df["y"].tolist() == VALUES
    assert df["day"].tolist() == written["day"].tolist()


def test_of_a_long_file_the_ends_are_inspected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from seqframe.data import dialect

    monkeypatch.setattr(dialect, "LONG", 1000)
    rows = "".join(f"{number},{number / 4},word\n" for number in range(5000))
    path = write(tmp_path / "t.csv", f"n,y,place\n{rows}".replace("4000,1000.0,word", "4000,1000.0,Köln"), "latin-1")
    monkeypatch.setattr(dialect, "HEAD", 1 << 10)
    monkeypatch.setattr(dialect, "TAIL", 1 << 10)
    df, notes = read(path)
    assert (len(df), df["place"].iloc[4000], df["y"].iloc[-1]) == (5000, "Köln", 4999 / 4)
    assert "cp1252" in notes[0]


@pytest.mark.parametrize("text", ["é" * 3_000_000, "a" * ((1 << 22) - 1) + "é"])
def test_a_character_may_lie_in_two_parts_of_a_file(tmp_path: Path, text: str) -> None:
    df, notes = read(write(tmp_path / "t.csv", f"y,note\n1,x\n2,{text}\n3,z\n"))
    assert df["note"].iloc[1] == text
    assert "cp1252" not in notes[0]


def test_numbers_of_two_types_in_many_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from seqframe.data import text_tables

    monkeypatch.setattr(text_tables, "BLOCK", 1 << 10)
    rows = [f"{'' if number in (3, 5000) else number},1\n" for number in range(10_000)]
    df, _ = read(write(tmp_path / "t.csv", "y,z\n" + "".join(rows)))
    assert df["y"].isna().sum() == 2
    assert df["y"].iloc[-1] == 9999


@pytest.mark.parametrize("cell", ["inf", "-Infinity"])
def test_an_infinite_number_is_no_unit(tmp_path: Path, cell: str) -> None:
    df, notes = read(write(tmp_path / "t.csv", f"y\n{cell}\n1.5\n2.5\n3.5\n"))
    assert len(df) == 4
    assert "unit" not in " ".join(notes)
