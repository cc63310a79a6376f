"""The settings of `data`: the source of the data and how it is read; and what all groups of settings share."""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from seqframe.config.values import LARGEST_INTEGER
from seqframe.errors import shorten, show_value

DEFAULT_GENERATOR = "ramp"


def _check_size(value: int) -> int:
    if value > LARGEST_INTEGER:
        raise PydanticCustomError("too_large", "too large")
    return value


PositiveInt = Annotated[int, Field(ge=1), AfterValidator(_check_size)]
NonNegativeInt = Annotated[int, Field(ge=0), AfterValidator(_check_size)]
NonNegativeFloat = Annotated[float, Field(ge=0)]


class SettingsGroup(BaseModel):
    """A group of settings. Unknown names and values of the wrong type are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class CsvSettings(SettingsGroup):
    """How a text table is written. Null means detected; names are as in `pandas.read_csv`.

    Attributes:
        sep: The character between cells.
        decimal: The decimal mark.
        thousands: The mark between thousands; empty means none.
        encoding: Encoding, such as `utf-8`, `latin-1` or `utf-16`.
        compression: `none`, `gzip`, `zip`, `bz2`, `xz` or `zstd`.
        skiprows: Number of lines above the header.
        skipfooter: Number of lines below the last row.
        na_values: Cells that mean a missing value in addition to the usual codes, for example -999; an empty list means
            that an unusual number is a value.
    """

    sep: Annotated[str, Field(min_length=1, max_length=1)] | None = None
    decimal: Literal[".", ","] | None = None
    thousands: Literal["", ",", ".", " ", "'"] | None = None
    encoding: str | None = None
    compression: Literal["none", "gzip", "zip", "bz2", "xz", "zstd"] | None = None
    skiprows: NonNegativeInt | None = None
    skipfooter: NonNegativeInt | None = None
    na_values: str | int | float | list[str | int | float] | None = None

    @property
    def missing_codes(self) -> list[str | int | float]:
        """The codes in `na_values`."""
        return (
            self.na_values if isinstance(self.na_values, list) else [] if self.na_values is None else [self.na_values]
        )


class DataSettings(SettingsGroup):
    """Source of the data: a generator or a table.

    Attributes:
        generator: Name of a generator; null means `ramp` if no table is given.
        sequence_length: Rows of one generated sequence.
        n_train: Number of generated training sequences.
        n_test: Number of generated test sequences; they are never trained on.
        delay: Rows between a value and its repetition, for generators with a delay.
        period: Rows per period, for periodic generators.
        noise: Standard deviation of the additive noise, for generators with noise.
        seed: Random seed of the generator, and of the split of sequences with labels.
        path: Table: CSV, compressed or not, Parquet, Feather or Excel; a relative path is looked up in the working
            directory, then in the project.
        features: Input column or columns; null means the targets, and other columns as `covariates` says, or for labels
            all columns without another role.
        target: Column or columns to predict; null means `features` if they are given, otherwise all columns of numbers,
            or the generator's target. For labels, one column with the class, or several columns of 0 and 1 where
            several classes may hold; null means a column named `label`, `class`, `target` or `y`.
        time_column: Column with the time of each row, or several that are joined, such as a date and a time of day;
            null means found, `none` that rows are numbered.
        date_format: How dates are written: `dayfirst`, `monthfirst`, or a strptime format; null means found.
        timezone: Time zone of times without a UTC offset, such as `Europe/Berlin`; null means that they are taken as
            they are.
        duplicates: Rows of a series with the same time and different values: `raise`, or keep the `first`, the `last`
            or the `mean`.
        resample: Interval to which the rows are averaged, as a pandas offset such as `1h` or `D`; null means none.
        id_column: Column or columns with the series that a row belongs to; null or `none` means that there is one
            series, and null refuses a table that looks like several. Sequences with labels need it.
        split_column: Column with the part of each sequence with labels: `train`, `validation` or `test`; null means
            found by its name and values, `none` that the sequences are split at random, stratified by class.
        future_covariates: Input columns whose values are known in advance for the rows to predict; columns whose values
            go on after the last target are found.
        past_covariates: Input columns whose values are known up to the forecast; recursive forecasts do not read them.
            They are found.
        static_covariates: Input columns with one value for each series; they are found.
        covariates: Use of the other columns if `features` is null: `none`, `all`, or `auto`, by the error of ridge
            regression on validation rows.
        categories: The values of each text column, in the order of the inputs; they are found.
        category_encoding: How text inputs of sequences with labels are read: `one_hot`, a column of 0 and 1 for each
            category; `codes`, whole numbers for `model.step_encoder=embedding`; or `auto`, one-hot up to 12 categories.
        wide_columns: Columns of a wide table that hold consecutive time steps, from left to right.
        season: Seasonal period or periods in rows; null means found, 1 or an empty list means none.
        missing: Handling of missing values and gaps in time: `raise`, `drop` the rows, `interpolate` linearly,
            `ffill` (repeat the last value), or for sequences with labels `mask` the steps.
        scaler: Scaling of the columns before training: `none`, `minmax`, `standard` or `robust`.
        scale_per_series: Fit a scaler for each series; one without training rows has the scale of all series together.
        transform: Transform of the targets before scaling: `none`, `log`, `difference` (to the row before),
            `seasonal_difference` (to the row one season before), `log_difference`, `log_seasonal_difference`, or
            `auto`, the one with the smallest error of ridge regression on validation rows.
        calendar: Calendar features, which are known in advance: `none`, `season` (sine and cosine of the phase of each
            season), or `auto`, by the error of ridge regression on validation rows.
        lower_bound: Smallest possible value of the targets, such as 0 for counts; forecasts and prediction intervals
            are clipped to it. Null means none.
        upper_bound: Largest possible value of the targets, likewise.
        csv: How a text table is written.
    """

    generator: str | None = None
    sequence_length: PositiveInt
    n_train: PositiveInt = 1
    n_test: NonNegativeInt = 0
    delay: PositiveInt = 2
    period: Annotated[float, Field(gt=0)] = 20.0
    noise: NonNegativeFloat = 0.1
    seed: NonNegativeInt = 0
    path: str | None = None
    features: str | list[str] | None = None
    target: str | list[str] | None = None
    time_column: str | list[str] | None = None
    date_format: str | None = None
    timezone: str | None = None
    duplicates: Literal["raise", "first", "last", "mean"] = "raise"
    resample: str | None = None
    id_column: str | list[str] | None = None
    split_column: str | None = None
    future_covariates: str | list[str] | None = None
    past_covariates: str | list[str] | None = None
    static_covariates: str | list[str] | None = None
    covariates: Literal["auto", "all", "none"] = "none"
    categories: dict[str, list[str]] = {}
    category_encoding: Literal["auto", "one_hot", "codes"] = "auto"
    wide_columns: Annotated[list[str], Field(min_length=1)] | None = None
    season: int | list[int] | None = None
    missing: Literal["raise", "drop", "interpolate", "ffill", "mask"] = "raise"
    scaler: Literal["none", "minmax", "standard", "robust"] = "none"
    scale_per_series: bool = False
    transform: Literal[
        "auto", "none", "log", "difference", "seasonal_difference", "log_difference", "log_seasonal_difference"
    ] = "none"
    calendar: Literal["auto", "none", "season"] = "none"
    lower_bound: float | None = None
    upper_bound: float | None = None
    csv: CsvSettings = CsvSettings()

    @property
    def seasons(self) -> tuple[int, ...]:
        """The seasonal periods of the settings, in rows."""
        seasons = [self.season] if isinstance(self.season, int) else self.season or []
        return tuple(season for season in seasons if season > 1)

    @property
    def time_name(self) -> str | None:
        """Name of the times: the time column, or the joined columns."""
        return " ".join(self.time_column) if isinstance(self.time_column, list) else self.time_column

    @property
    def id_name(self) -> str | None:
        """Name of the series ids: the id column, or the joined columns."""
        return "/".join(self.id_column) if isinstance(self.id_column, list) else self.id_column

    @property
    def is_table(self) -> bool:
        """Whether the data is read from a table."""
        return self.path is not None

    @property
    def source(self) -> str:
        """The name of the generator, or `table`."""
        return "table" if self.is_table else self.generator or DEFAULT_GENERATOR

    @property
    def name(self) -> str:
        """A short name of the data: `ramp of 5`, or the file name of the table."""
        if self.path is not None:
            return Path(self.path).name
        return f"{self.source.replace('_', ' ')} of {self.sequence_length}"

    @field_validator(
        "path",
        "features",
        "target",
        "time_column",
        "id_column",
        "split_column",
        "future_covariates",
        "wide_columns",
        mode="before",
    )
    @classmethod
    def _names_are_text(cls, names: Any) -> Any:
        """A name that is a whole number, such as 2024, needs no quotes."""
        if isinstance(names, list):
            return [str(name) if type(name) is int else name for name in names]
        return str(names) if type(names) is int else names

    @field_validator("season", mode="before")
    @classmethod
    def _seasons_are_rows(cls, season: Any) -> Any:
        periods = season if isinstance(season, list) else [season]
        whole = all(isinstance(period, int) and not isinstance(period, bool) for period in periods)
        if season not in (None, 1, [1]) and not (whole and all(period > 1 for period in periods)):
            raise ValueError(
                "a season in `data.season` must be a whole number of rows >= 2, or 1 for none. "
                f"Received: {show_value(season)}. Use null to have it found"
            )
        return season

    @model_validator(mode="after")
    def _bounds_are_ordered(self) -> "DataSettings":
        if self.lower_bound is not None and self.upper_bound is not None and self.lower_bound >= self.upper_bound:
            raise ValueError(
                "`data.lower_bound` must be below `data.upper_bound`. Received: "
                f"lower_bound={self.lower_bound:g}, upper_bound={self.upper_bound:g}"
            )
        return self

    @model_validator(mode="after")
    def _one_source(self) -> "DataSettings":
        if self.path is not None and self.generator is not None:
            raise ValueError(
                "the data comes from `data.path` or from `data.generator`, not from both. Received: "
                f"path={shorten(self.path)}, generator={shorten(self.generator)}. Set one of them to null"
            )
        return self
