"""Names of the pipelines. They are known without the pipelines, whose nodes import pandas, Matplotlib and Plotly."""

from seqframe.framings import OTHER_PIPELINES, candidate_framings


def pipeline_names() -> list[str]:
    """The names of the pipelines of `seqframe.pipeline_registry`, sorted: one per framing, and the other ones."""
    return sorted([*OTHER_PIPELINES, *(framing.name for framing in candidate_framings())])


def pipeline_title(names: list[str] | None) -> str:
    """Name of a run: its pipelines, or `all framings` for the plain `kedro run`."""
    return " + ".join(names or ["all framings"])
