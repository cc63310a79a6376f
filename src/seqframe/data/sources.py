"""Loading of data from a generator or a table, both into the same kind of data frame.

The data frame holds float64 in physical units: one row per time step, one column per feature or target. Its index
identifies the rows in results, and has a level `sequence` if there are several series. Missing values that are imputed
stay NaN until the data is split, since they are imputed split by split.
"""

import hashlib

import numpy as np
import pandas as pd

from seqframe.config import DataSettings
from seqframe.data.bounds import check_bounds
from seqframe.data.columns import feature_columns, target_columns
from seqframe.data.generators import find_generator, generator_settings, settings_of_all_generators
from seqframe.data.tables import LoadedTable, read_table
from seqframe.data.time_index import ROW, SEQUENCE
from seqframe.errors import UserError, shorten, suggest_names

CHUNK = 1 << 18  # rows hashed at a time
TABLE_SETTINGS = {  # settings in `data` that only tables use
    "path",
    "time_column",
    "id_column",
    "future_covariates",
    "static_covariates",
    "past_covariates",
    "covariates",
    "categories",
    "csv",
    "category_encoding",
    "split_column",
    "wide_columns",
    "missing",
    "scale_per_series",
    "lower_bound",
    "upper_bound",
}


def load_data(data_settings: DataSettings) -> LoadedTable:
    """Read a table or generate sequences: (rows, columns), float64, without infinite values.

    `notes` receives a sentence for everything in a table that is skipped.

    Raises:
        UserError: The table cannot be read, holds anything but finite numbers or a target value outside its bounds, or
            the generator does not support the settings.
    """
    if not data_settings.is_table:
        return LoadedTable(generate_data(data_settings), data_settings)
    table = read_table(data_settings)
    check_bounds(table.df, table.settings)
    return table


def generate_data(data_settings: DataSettings) -> pd.DataFrame:
    """Generate sequences, the training sequences first: (sequences * sequence_length, columns), without unit.

    A sequence depends only on the seed and its number, not on how many sequences are generated.

    Raises:
        UserError: There is no such generator, it does not support the settings, or it has no such column.
    """
    generator = find_generator(data_settings.source)
    sequences = [
        pd.DataFrame(generator.make(np.random.default_rng((data_settings.seed, number)), data_settings, number))
        for number in range(data_settings.n_train + data_settings.n_test)
    ]
    for name in [*feature_columns(data_settings, []), *target_columns(data_settings, [])]:
        if name not in sequences[0]:
            hint = suggest_names(name, sequences[0], "Its columns")
            raise UserError(f"`data.generator={generator.name}` has no column {shorten(name)}. {hint}")
    return pd.concat(sequences, keys=range(len(sequences)), names=[SEQUENCE, ROW])


def fingerprint(df: pd.DataFrame) -> str:
    """Hash of all values, the index and the column names: 16 hexadecimal digits."""
    index = df.index
    is_range = isinstance(index, pd.RangeIndex)
    names = [*df.columns, *index.names, *((index.start, index.stop, index.step) if is_range else ())]
    digest = hashlib.sha256("\x1f".join(map(str, names)).encode())
    for start in range(0, len(df), CHUNK):
        chunk = df.iloc[start : start + CHUNK]
        for level in () if is_range else range(index.nlevels):
            digest.update(pd.util.hash_pandas_object(chunk.index.get_level_values(level)).to_numpy().data)
        digest.update(np.ascontiguousarray(chunk.to_numpy(np.float64)).data)
    return digest.hexdigest()[:16]


def used_settings(data_settings: DataSettings) -> set[str]:
    """Names of the settings in `data` that affect the data, without settings for other sources only."""
    others = settings_of_all_generators() | (set() if data_settings.is_table else TABLE_SETTINGS)
    return set(type(data_settings).model_fields) - others | set(generator_settings(data_settings))
