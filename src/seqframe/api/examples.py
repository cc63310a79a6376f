"""Tables to begin with, which the package carries."""

import pandas as pd

from seqframe.config.paths import EXAMPLES, SOURCE
from seqframe.errors import UserError, shorten, suggest_names


def load_example(name: str) -> pd.DataFrame:
    """One of the tables `airline`, `co2`, `elnino`, `japanese_vowels`, `nile` and `sunspots`.

    Raises:
        UserError: There is no such table.

    >>> load_example("sunspots").shape
    (309, 2)
    """
    files = {path.stem: path for path in sorted((SOURCE / EXAMPLES).glob("*.csv"))}
    if name not in files:
        raise UserError(f"There is no example {shorten(str(name))}. {suggest_names(str(name), files)}")
    return pd.read_csv(files[name])
