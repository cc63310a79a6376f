"""What goes to MLflow, in one place. MLflow is imported when the first run is opened, and not before."""

from seqframe.tracking.records import Book, Session
from seqframe.tracking.remote import Clerk
from seqframe.tracking.runs import RunBook
from seqframe.tracking.tracker import Tracker

__all__ = ["Book", "Clerk", "RunBook", "Session", "Tracker"]
