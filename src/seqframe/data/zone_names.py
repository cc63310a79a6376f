"""Abbreviations of time zones behind a time of day, and their UTC offsets."""

import re

import pandas as pd

OFFSETS = {  # those with one meaning in tables; IST, for example, has three
    "WET": "+00:00",
    "WEST": "+01:00",
    "BST": "+01:00",
    "CET": "+01:00",
    "CEST": "+02:00",
    "MEZ": "+01:00",
    "MESZ": "+02:00",
    "EET": "+02:00",
    "EEST": "+03:00",
    "MSK": "+03:00",
    "JST": "+09:00",
    "KST": "+09:00",
    "AEST": "+10:00",
    "AEDT": "+11:00",
    "NZST": "+12:00",
    "NZDT": "+13:00",
    "EST": "-05:00",
    "EDT": "-04:00",
    "CST": "-06:00",
    "CDT": "-05:00",
    "MST": "-07:00",
    "MDT": "-06:00",
    "PST": "-08:00",
    "PDT": "-07:00",
}
ZONE = re.compile(rf"(?<=[\dMm.])\s*\(?\b({'|'.join(OFFSETS)})\)?$")


def replace_zone_names(text: pd.Series) -> tuple[pd.Series, list[str]]:
    """The text with UTC offsets in place of abbreviations at the end (rows,), and the abbreviations.

    >>> replace_zone_names(pd.Series(["2021-03-28 01:00 CET", "2021-03-28 03:00 CEST"]))
    (0    2021-03-28 01:00+01:00
    1    2021-03-28 03:00+02:00
    dtype: str, ['CET', 'CEST'])
    """
    if not len(text) or not ZONE.search(text.iloc[0]):
        return text, []
    names = text.str.extract(ZONE.pattern)[0].dropna().unique().tolist()
    return text.str.replace(ZONE, lambda match: OFFSETS[match[1]], regex=True), names
