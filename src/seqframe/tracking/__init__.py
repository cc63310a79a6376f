"""What goes to MLflow, in one place. MLflow is imported when the first run is opened, and not before."""

from seqframe.tracking.runs import RunBook, Session

__all__ = ["RunBook", "Session"]
