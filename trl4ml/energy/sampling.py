"""Reads meters again and again while something runs, from a thread that sleeps in between."""

import threading
import time
from collections.abc import Callable

from trl4ml.energy.meters import Meters

LATE = 3


class Sampling:
    """Reads at the start, every `period_s` seconds, and at the end; then calls `after`.

    The clock is monotonic: a machine whose clock is set back has no run of negative length.
    """

    def __init__(
        self,
        meters: Meters,
        period_s: float,
        after: Callable[[], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.meters, self.period_s, self.after, self.clock = meters, period_s, after, clock
        self.first = self.last = clock()
        self.missed_s = 0.0
        self.readings = 0
        self.lock = threading.RLock()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._repeat, name="trl4ml-energy", daemon=True)

    @property
    def duration_s(self) -> float:
        """Seconds from the first reading to the last."""
        return self.last - self.first

    @property
    def observed(self) -> float:
        """The share of the time that no gap of more than three periods hides."""
        return 1 - self.missed_s / self.duration_s if self.duration_s else 1.0

    def start(self) -> None:
        self.first = self.last = self.clock()
        self.meters.sample(self.first)
        self.readings = 1
        self._thread.start()

    def read(self) -> None:
        """One more reading of every meter, now."""
        with self.lock:
            at = self.clock()
            if at - self.last > LATE * self.period_s:
                self.missed_s += at - self.last
            self.meters.sample(at)
            self.last = at
            self.readings += 1

    def stop(self) -> None:
        """The last reading; the thread has ended when this returns."""
        self._ended.set()
        self._thread.join()
        self.read()

    def _repeat(self) -> None:
        while not self._ended.wait(self.period_s):
            self.read()
            self.after()
