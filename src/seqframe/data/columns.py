"""Roles of the columns: features, future covariates, targets, time and series ids."""

from collections import Counter

from seqframe.config import DataSettings
from seqframe.data.generators import find_generator
from seqframe.errors import UserError

VALUE_ROLES = ("features", "target", "future_covariates", "past_covariates", "static_covariates", "wide_columns")
ROLES = ("time_column", "id_column", *VALUE_ROLES)
EXCLUSIVE_ROLES = [
    *(("time_column", other) for other in ("id_column", *VALUE_ROLES)),
    *(("id_column", other) for other in VALUE_ROLES),
    *(("target", other) for other in ("future_covariates", "past_covariates", "static_covariates")),
]


def feature_columns(data_settings: DataSettings, available: list[str]) -> list[str]:
    """The input columns of the network; future covariates come last."""
    future = future_covariate_columns(data_settings)
    chosen = encoded_columns(_chosen_features(data_settings, available), data_settings)
    return [name for name in chosen if name not in future] + future


def encoded_columns(names: list[str], data_settings: DataSettings) -> list[str]:
    """The columns that a network reads: a column of 0 and 1 for each category of a text column."""
    categories = data_settings.categories
    return [
        each for name in names for each in ([encoded_name(name, level) for level in categories.get(name, [])] or [name])
    ]


def encoded_name(column: str, level: str) -> str:
    """Name of the column of a category, such as `weather=rain`."""
    return f"{column}={level}"


def future_covariate_columns(data_settings: DataSettings) -> list[str]:
    """The input columns whose values are known in advance for the rows to predict, static covariates included."""
    known = [*as_list(data_settings.future_covariates), *as_list(data_settings.static_covariates)]
    return encoded_columns(list(dict.fromkeys(known)), data_settings)


def target_columns(data_settings: DataSettings, available: list[str]) -> list[str]:
    """The columns to predict."""
    if data_settings.target is not None:
        return as_list(data_settings.target)
    if not data_settings.is_table:
        return list(find_generator(data_settings.source).target)
    future = future_covariate_columns(data_settings)
    return [name for name in _chosen_features(data_settings, available) if name not in future]


def only_columns(data_settings: DataSettings, columns: list[str]) -> DataSettings:
    """The settings for reading these columns alone, whatever their role is; a wide table has only one."""
    if data_settings.wide_columns:
        return data_settings
    others = dict.fromkeys(("future_covariates", "past_covariates", "static_covariates"))
    return data_settings.model_copy(update={"features": columns, "target": columns, **others})


def value_column(data_settings: DataSettings) -> str:
    """Name of the one column that a wide table is converted to."""
    return data_settings.target if isinstance(data_settings.target, str) else "value"


def check_column_roles(data_settings: DataSettings) -> None:
    """Check that no column is named twice and that the roles of each column are compatible.

    Raises:
        UserError: A column is named twice in one setting, or has two roles such as time and target.
    """
    columns_by_role = {role: as_list(getattr(data_settings, role)) for role in ROLES}
    for role, columns in columns_by_role.items():
        for column, count in Counter(columns).items():
            if count > 1:
                raise UserError(f"`data.{role}` must name a column once. Received: {column}, {count} times.")
    for one, other in EXCLUSIVE_ROLES:
        for column in columns_by_role[one]:
            if column in columns_by_role[other]:
                raise UserError(
                    f"A column cannot be both `data.{one}` and `data.{other}`. Received: {column}. "
                    "Remove it from one of them."
                )


def check_forecast_columns(keys: list[str], targets: list[str]) -> None:
    """Check that the columns of a table of forecasts have different names.

    Raises:
        UserError: A column of the table is called like one that forecasts add.
    """
    named = [*keys, *targets]
    added = {"horizon_step": "the forecast step"}
    for target in targets:
        added |= {f"{target}_{end}": f"the {end} end of the interval of {target}" for end in ("low", "high")}
    if taken := next((name for name in named if name in added), None):
        raise UserError(
            f"A table of forecasts has a column {taken} for {added[taken]}. Received: a table with a column of this "
            "name. Rename the column, or do not forecast it: see `data.target`."
        )


def _chosen_features(data_settings: DataSettings, available: list[str]) -> list[str]:
    """The input columns without future covariates that are not features too."""
    if data_settings.features is not None:
        return as_list(data_settings.features)
    if not data_settings.is_table:
        return list(find_generator(data_settings.source).features)
    if data_settings.target is not None:
        return as_list(data_settings.target)
    return [name for name in available if name not in (data_settings.time_name, data_settings.id_name)]


def as_list(names: str | list[str] | None) -> list[str]:
    """Names in a setting, which may be one name, a list or null."""
    if names is None:
        return []
    return [names] if isinstance(names, str) else list(names)
