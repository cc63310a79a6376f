"""Roles of the columns: features, future covariates, targets, time and series ids."""

from collections import Counter

from seqframe.config import DataSettings
from seqframe.data.generators import find_generator
from seqframe.errors import UserError

ROLES = ("time_column", "id_column", "features", "target", "future_covariates", "wide_columns")
EXCLUSIVE_ROLES = [
    *(("time_column", other) for other in ("id_column", "features", "target", "future_covariates", "wide_columns")),
    *(("id_column", other) for other in ("features", "target", "future_covariates", "wide_columns")),
    ("target", "future_covariates"),
]


def feature_columns(data_settings: DataSettings, available: list[str]) -> list[str]:
    """The input columns of the network; future covariates come last."""
    future = future_covariate_columns(data_settings)
    return [name for name in _chosen_features(data_settings, available) if name not in future] + future


def future_covariate_columns(data_settings: DataSettings) -> list[str]:
    """The input columns whose values are known in advance for the rows to predict."""
    return _as_list(data_settings.future_covariates)


def target_columns(data_settings: DataSettings, available: list[str]) -> list[str]:
    """The columns to predict."""
    if data_settings.target is not None:
        return _as_list(data_settings.target)
    if not data_settings.is_table:
        return list(find_generator(data_settings.source).target)
    future = future_covariate_columns(data_settings)
    return [name for name in _chosen_features(data_settings, available) if name not in future]


def value_column(data_settings: DataSettings) -> str:
    """Name of the one column that a wide table is converted to."""
    return data_settings.target if isinstance(data_settings.target, str) else "value"


def check_column_roles(data_settings: DataSettings) -> None:
    """Check that no column is named twice and that the roles of each column are compatible.

    Raises:
        UserError: A column is named twice in one setting, or has two roles such as time and target.
    """
    columns_by_role = {role: _as_list(getattr(data_settings, role)) for role in ROLES}
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


def _chosen_features(data_settings: DataSettings, available: list[str]) -> list[str]:
    """The input columns without future covariates that are not features too."""
    if data_settings.features is not None:
        return _as_list(data_settings.features)
    if not data_settings.is_table:
        return list(find_generator(data_settings.source).features)
    if data_settings.target is not None:
        return _as_list(data_settings.target)
    return [name for name in available if name not in (data_settings.time_column, data_settings.id_column)]


def _as_list(names: str | list[str] | None) -> list[str]:
    if names is None:
        return []
    return [names] if isinstance(names, str) else list(names)
