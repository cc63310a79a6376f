"""What is shown of a dataset, declared in its catalog entry.

    comparison:
      type: seqframe.datasets.tables.CsvFile
      filepath: data/08_reporting/${command:}/comparison.csv
      metadata:
        seqframe: { mlflow: table, note: comparison, console: true }

A dataset that declares nothing is not logged, described or printed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from seqframe.errors import UserError

KEY = "seqframe"  # below `metadata` of a catalog entry


class OutputSpec(BaseModel):
    """The declaration.

    Attributes:
        mlflow: How the dataset is logged to MLflow: one or several names of `seqframe.tracking.artifacts.LOGGERS`.
        artifact: Name of the file in MLflow; by default the name of the dataset's file.
        note: How the dataset is described on the page of its MLflow run: a name of
            `seqframe.tracking.descriptions.NOTES`.
        console: Whether the dataset is printed to the terminal; the name of a pipeline prints it in that pipeline only.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    mlflow: str | list[str] = []
    artifact: str | None = None
    note: str | None = None
    console: bool | str = False

    @property
    def kinds(self) -> list[str]:
        """How the dataset is logged to MLflow."""
        return [self.mlflow] if isinstance(self.mlflow, str) else self.mlflow


@dataclass(frozen=True)
class Output:
    """A dataset and its declaration.

    Attributes:
        name: Name of the dataset, with its namespace.
        spec: The declaration.
        file: Name of the dataset's file; empty if it is in memory.
    """

    name: str
    spec: OutputSpec
    file: str = ""

    @property
    def short_name(self) -> str:
        """Name of the dataset without its namespace."""
        return self.name.rpartition(".")[2]

    def artifact(self, suffix: str) -> str:
        """Name of the file in MLflow."""
        return self.spec.artifact or self.file or f"{self.short_name}{suffix}"

    def is_printed_in(self, pipeline: str) -> bool:
        """Whether the dataset is printed at the end of a run of that pipeline."""
        return self.spec.console is True or self.spec.console == pipeline


def declared_outputs(datasets: Mapping[str, Any]) -> dict[str, Output]:
    """The declarations of those Kedro datasets that have one.

    Raises:
        UserError: A declaration has an unknown key or a value of the wrong type.
    """
    outputs = {}
    for name, dataset in datasets.items():
        declared = (getattr(dataset, "metadata", None) or {}).get(KEY)
        if declared is not None:
            outputs[name] = Output(name, _parse(name, declared), _file_name(dataset))
    return outputs


def check_choice(output: Output, key: str, value: str, known: Iterable[str]) -> None:
    """Refuse an unknown value of a declaration.

    Raises:
        UserError: The value is not among the known ones.
    """
    if value not in known:
        raise UserError(
            f"`metadata.{KEY}.{key}` of dataset {output.name} must be one of {', '.join(known)}. Received: {value}."
        )


def _parse(name: str, declared: Any) -> OutputSpec:
    try:
        return OutputSpec.model_validate(declared)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(["metadata", KEY, *(str(part) for part in first["loc"][:1])])
        raise UserError(f"`{where}` of dataset {name} in the catalog: {first['msg']}.") from None


def _file_name(dataset: Any) -> str:
    return Path(str(getattr(dataset, "_filepath", ""))).name
