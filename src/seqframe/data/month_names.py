"""Names of months in several languages."""

import re

import pandas as pd

ENGLISH = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
NAMES = (  # English, German, French, Spanish, Italian, Portuguese, Dutch
    "january february march april may june july august september october november december",
    "januar februar märz april mai juni juli august september oktober november dezember",
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "januari februari maart april mei juni juli augustus september oktober november december",
)
WORD = re.compile(r"([^\W\d_]{3,})\.?")


def find_month(word: str) -> int | None:
    """Number of the month that a name or its first letters have in all languages; None if there is not one.

    >>> find_month("Okt"), find_month("juillet"), find_month("jui"), find_month("Berlin")
    (10, 7, None, None)
    """
    lower = word.lower()
    found = {number for names in NAMES for number, name in enumerate(names.split(), 1) if name.startswith(lower)}
    return found.pop() if len(found) == 1 else None


def translate_months(text: pd.Series) -> pd.Series:
    """Text with the names of months in English (rows,), and without a full stop behind them.

    >>> translate_months(pd.Series(["1. Mai 2021", "févr. 2021", "May 2021"])).tolist()
    ['1. May 2021', 'Feb 2021', 'May 2021']
    """
    return text.str.replace(WORD, _translate, regex=True)


def _translate(match: re.Match[str]) -> str:
    number = find_month(match[1])
    return match[0] if number is None else ENGLISH[number - 1]
