"""What goes to MLflow, in one place. MLflow is imported when the first run is opened, and not before."""

from seqframe.tracking.runs import RunBook, Session
from seqframe.tracking.store import tracking_uri

__all__ = ["RunBook", "Session", "tracking_uri"]
