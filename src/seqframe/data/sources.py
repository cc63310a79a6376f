"""Where rows come from: a generator or a table. Every source gives the same thing, a frame of numbers.

Rows are a `pandas.DataFrame` of float64, one row a time step, one column a feature or target, in physical units; the
index names the rows in the results, and has a level `sequence` where there are several sequences one below the other.
Where missing values of a table are to be filled in, they are NaN until that is done, part by part.
"""

import hashlib

import numpy as np
import pandas as pd

from seqframe.config import DataSettings
from seqframe.data.generators import GENERATORS
from seqframe.data.tables import feature_columns, read_table, target_columns
from seqframe.data.time_index import ROW, SEQUENCE
from seqframe.errors import UserError

CHUNK = 1 << 18  # rows hashed at once


def load_data(data_settings: DataSettings) -> pd.DataFrame:
    """Generate or read the rows of a problem: (rows, columns), float64, without infinities.

    Raises:
        UserError: The table cannot be read, or holds something other than finite numbers; or a generator cannot do
            what the settings ask for.
    """
    if data_settings.is_table:
        return read_table(data_settings)
    return generate_data(data_settings)


def generate_data(data_settings: DataSettings) -> pd.DataFrame:
    """The sequences of a generator, those to be trained on first: (sequences * length, columns), without unit.

    A sequence is drawn from the seed and its number, whatever else is drawn.
    """
    sequences = [
        pd.DataFrame(
            GENERATORS[data_settings.source].make(
                np.random.default_rng((data_settings.seed, number)), data_settings, number
            )
        )
        for number in range(data_settings.n_train + data_settings.n_test)
    ]
    for name in [*feature_columns(data_settings, []), *target_columns(data_settings, [])]:
        if name not in sequences[0]:
            columns = ", ".join(sequences[0])
            raise UserError(f"{data_settings.source} has no column {name}. Its columns: {columns}.")
    return pd.concat(sequences, keys=range(len(sequences)), names=[SEQUENCE, ROW])


def fingerprint(rows: pd.DataFrame) -> str:
    """A name for the data that changes with any value, row name or column name: 16 hexadecimal digits."""
    index = rows.index
    counted = isinstance(index, pd.RangeIndex)
    names = [*rows.columns, *index.names, *((index.start, index.stop, index.step) if counted else ())]
    digest = hashlib.sha256("\x1f".join(map(str, names)).encode())
    for start in range(0, len(rows), CHUNK):
        chunk = rows.iloc[start : start + CHUNK]
        for level in () if counted else range(index.nlevels):
            digest.update(pd.util.hash_pandas_object(chunk.index.get_level_values(level)).to_numpy().data)
        digest.update(np.ascontiguousarray(chunk.to_numpy(np.float64)).data)
    return digest.hexdigest()[:16]
