"""Sends what is left in the spool to MLflow: `seqframe sync`, and every command while it trains."""

from pathlib import Path

from seqframe.errors import UserError, count_noun
from seqframe.tracking.replies import Sent
from seqframe.tracking.runs import MlflowRunLogger
from seqframe.tracking.spool import SPOOL, claim, read_requests, waiting_files
from seqframe.tracking.store import tracking_uri
from seqframe.tracking.store_checks import StoreUnavailableError, is_store_failure, shorten_reason, shown_uri


def replay(path: Path, end: int | None = None) -> MlflowRunLogger | None:
    """Log the requests of a file, up to byte `end`; None if it has none.

    Whatever MLflow has already is not logged again, so that a file may be replayed any number of times.

    Raises:
        UserError: The store cannot be opened, or the file holds something other than requests.
        Exception: What MLflow raises.
    """
    logger = None
    for request in read_requests(path, end):
        if logger is None:
            logger = MlflowRunLogger(*request.arguments)
            continue
        logger.now_ms = request.at_ms
        getattr(logger, request.method)(*request.arguments)
    if logger is not None and end is None:
        logger.close("KILLED")  # if the command did not come to its end
    if logger is not None:
        logger.now_ms = None
    return logger


def send_files(folder: Path = SPOOL) -> Sent:
    """Send and remove the files of the spool, oldest first; files of running commands stay.

    Files that a store refuses stay; if it does not respond, the others are not tried.
    """
    result = Sent()
    paths = waiting_files(folder)
    for number, path in enumerate(paths):
        with claim(path) as claimed:
            if not claimed:
                continue
            try:
                replay(path)
            except Exception as error:
                if not isinstance(error, UserError) and not is_store_failure(error):
                    raise
                result.left, result.reason = result.left + 1, str(error)
                if isinstance(error, StoreUnavailableError):
                    result.left += len(paths) - number - 1
                    break
            else:
                path.unlink(missing_ok=True)
                result.sent += 1
    return result


def sync() -> str:
    """Send the files of the spool; return what was done, in one line.

    Raises:
        UserError: Some of them are left.
    """
    result = send_files()
    uri = tracking_uri()
    if result.left:
        reason = shorten_reason(result.reason, uri)
        raise UserError(f"{reason} {count_noun(result.left, 'command')} in {SPOOL} could not be sent.")
    if not result.sent:
        return f"Nothing is left to send to MLflow at {shown_uri(uri)}."
    return f"Sent to MLflow at {shown_uri(uri)}: {count_noun(result.sent, 'command')}."
