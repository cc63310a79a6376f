"""Tables as Markdown has them."""

import pandas as pd


def markdown_table(table: pd.DataFrame) -> str:
    """A table as Markdown has it, numbers to three digits and to the right.

    >>> print(markdown_table(pd.DataFrame({"framing": ["dense"], "error": [0.012345]})))
    | framing | error |
    |---|---:|
    | dense | 0.0123 |
    """
    numeric = [pd.api.types.is_numeric_dtype(table[name]) for name in table]
    rules = ["---:" if is_number else "---" for is_number in numeric]
    cells = [[write_number(cell) for cell in row] for row in table.itertuples(index=False)]
    lines = [[str(name) for name in table], *cells]
    head, *rest = ("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
    return "\n".join([head, f"|{'|'.join(rules)}|", *rest])


def write_number(value: object) -> str:
    """A number to three digits, whole ones whole; nothing where there is none; anything else as it is.

    >>> write_number(1234.0), write_number(0.012345), write_number(float("nan")), write_number("dense")
    ('1234', '0.0123', '', 'dense')
    """
    if not isinstance(value, float):  # NumPy's float64 is one
        return str(value)
    if pd.isna(value):
        return ""
    return f"{value:.0f}" if value.is_integer() or abs(value) >= 1000 else f"{value:.3g}"
