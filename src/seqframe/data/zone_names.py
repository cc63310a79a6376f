"""Time zones in text: abbreviations with their UTC offsets, and years behind the zone."""

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
NO_OFFSET = r"(?<![+-]\d{4})(?<![+-]\d\d:\d\d)"  # in front of an abbreviation that only explains it
ZONE = re.compile(rf"(?<=[\dMm.]){NO_OFFSET}\s*\(?\b({'|'.join(OFFSETS)})\)?$")
ANY_ZONE = rf"(?:UTC|GMT)?[+-]\d\d:?\d\d|UTC|GMT|{'|'.join(OFFSETS)}"
CLOCK_YEAR = re.compile(  # the end of Thu Jan 28 05:00:00 CET 2021 and of Thu Jan 28 05:00:00 2021 +0100
    rf" (?P<clock>\d\d:\d\d(?::\d\d)?) "
    rf"(?:(?P<zone>{ANY_ZONE}) (?P<year>\d{{4}})|(?P<early>\d{{4}}) (?P<late>{ANY_ZONE}))$"
)


def move_years(text: pd.Series) -> pd.Series:
    """The text with years before the time of day, where a time zone and the year follow it: (rows,).

    Java, Unix and Git write such times.

    >>> move_years(pd.Series(["Thu Jan 28 05:00:00 CET 2021", "Thu Jan 28 05:00:00 2021 +0100"])).tolist()
    ['Thu Jan 28 2021 05:00:00 CET', 'Thu Jan 28 2021 05:00:00 +0100']
    """
    if not len(text) or not CLOCK_YEAR.search(text.iloc[0]):
        return text
    return text.str.replace(CLOCK_YEAR, r" \g<year>\g<early> \g<clock> \g<zone>\g<late>", regex=True)


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
