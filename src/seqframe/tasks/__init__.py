"""All tasks. To add one, write a record in a file of this folder, and list it here.

A task with a new alignment also needs an entry in `seqframe.data.alignment`, and every task one in `task.kind` of
`seqframe.config`.
"""

from seqframe.tasks.base import LabelTarget, OutputLayer, Task
from seqframe.tasks.classify import CLASSIFY
from seqframe.tasks.echo import ECHO
from seqframe.tasks.forecast import FORECAST, NEXT_STEP, NEXT_WINDOW
from seqframe.tasks.label import LABEL

TASKS: tuple[Task, ...] = (ECHO, NEXT_STEP, NEXT_WINDOW, FORECAST, CLASSIFY, LABEL)

__all__ = ["TASKS", "LabelTarget", "OutputLayer", "Task", "find_task"]


def find_task(kind: str) -> Task:
    """The task with the name `task.kind`."""
    return next(task for task in TASKS if task.name == kind)
