"""What the lab's own defects leave in the log: where they happened, and never what was in hand."""

import logging
import traceback

_log = logging.getLogger("labkit")


def log_without_values(defect: BaseException, doing: str) -> None:
    """Log where an error came from, and not what it says: a message may quote a plaintext or a secret."""
    where = "".join(traceback.format_tb(defect.__traceback__))
    _log.error("%s while %s\n%s", type(defect).__name__, doing, where)
