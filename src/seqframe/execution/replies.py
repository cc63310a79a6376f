"""Train a packed job in a worker, and reply with the result or an error."""

import traceback
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from seqframe.errors import UserError
from seqframe.execution.pickled_jobs import Dataset, read_dataset_file, unpack_job

Reply = tuple[str, Any]  # EVENT and an event, FITTED and a FittedRun, or FAILED and an exception
EVENT, FITTED, FAILED = "event", "fitted", "failed"


class WorkerError(RuntimeError):
    """An unexpected error in a worker process, with its traceback."""


def run_packed(content: bytes, read_dataset: Callable[[str], Dataset] = read_dataset_file) -> Reply:
    """Train the network of a packed job, whose dataset is read by its name."""
    try:
        job = unpack_job(content, read_dataset)
        if job.checkpoints is not None:
            job.checkpoints.share_lock()
            if not job.checkpoints.folder.is_dir():  # another machine, which does not share its storage
                job = replace(job, checkpoints=None)
        return FITTED, job.run()
    except UserError as error:
        return FAILED, UserError(str(error))
    except MemoryError as error:
        return FAILED, MemoryError(str(error))
    except Exception:
        return FAILED, WorkerError(traceback.format_exc())
