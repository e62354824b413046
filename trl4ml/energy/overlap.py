"""Whether another tracker books the same machine at the same time: both would count its energy.

Every tracker holds a shared advisory lock (flock) on a folder that all processes of the machine
see. No file is made, and the kernel lets go when the process ends, however it ends.
"""

import fcntl
import os
import tempfile
from contextlib import suppress
from pathlib import Path

MACHINE = Path("/sys/devices/system/cpu")


class Overlap:
    """Asks again at each `look`; `seen` stays true once another tracker was there."""

    def __init__(self, place: Path | None = None) -> None:
        place = place or (MACHINE if MACHINE.is_dir() else Path(tempfile.gettempdir()))
        self._folder: int | None = os.open(place, os.O_RDONLY)
        self.seen = False
        self.look()

    def look(self) -> None:
        """Somebody else holds it where it cannot be had alone; without such locks nothing is seen.

        It never waits: who holds the folder alone would hold up the run with it.
        """
        if self._folder is None:
            return
        try:
            fcntl.flock(self._folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.seen = True
        except OSError:
            self.close()
            return
        with suppress(OSError):
            fcntl.flock(self._folder, fcntl.LOCK_SH | fcntl.LOCK_NB)

    def close(self) -> None:
        """Let go, also where a forked child still has the folder open."""
        if self._folder is not None:
            with suppress(OSError):
                fcntl.flock(self._folder, fcntl.LOCK_UN)
            os.close(self._folder)
            self._folder = None
