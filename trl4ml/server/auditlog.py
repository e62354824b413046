"""What happened, for whoever looks later: one line of JSON each, and no secret in it.

The file is opened for every line, so that it may be rotated at any time. It is a record, not a
proof: what counts is signed, and lies in the ledger.
"""

import json
import os
import threading
from contextlib import suppress
from pathlib import Path

from trl4ml.server.clock import now, said


class AuditLog:
    """Lines in `path`, which only the server's own user can read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()

    def tell(self, event: str, **what: str | int) -> None:
        """Append one line, and never raise. A disk that refuses it is said so on stderr."""
        line = json.dumps({"at": said(now()), "event": event, **what}, ensure_ascii=True) + "\n"
        try:
            with self._lock:
                handle = os.open(
                    self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600
                )
                try:
                    os.write(handle, line.encode())
                finally:
                    os.close(handle)
        except OSError as error:
            says = f"trl4ml: {self._path}: cannot be written ({error.strerror})\n"
            with suppress(OSError):  # stderr may lie on the same full disk
                os.write(2, says.encode("utf-8", "replace"))
