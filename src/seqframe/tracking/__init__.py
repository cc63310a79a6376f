"""What goes to MLflow, in one place. MLflow is imported when the first run is opened, and not before."""

from seqframe.tracking.background import LoggingProcess
from seqframe.tracking.records import RunContext, RunLogger
from seqframe.tracking.runs import MlflowRunLogger
from seqframe.tracking.tracker import Tracker

__all__ = ["LoggingProcess", "MlflowRunLogger", "RunContext", "RunLogger", "Tracker"]
