"""`with track(...)` and `@track(...)`: the energy of the machine while a piece of code runs.

    with track(location="FRA") as tracker:
        train()
    print(tracker.record.energy, tracker.path)

No signal handler is set, no socket opened, no lock file made. While the code runs, the record on
disk is valid and says that it is unfinished; so much is left when the process is killed.
"""

import os
import time
from collections.abc import Callable
from contextlib import ContextDecorator, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from inspect import iscoroutinefunction, isgeneratorfunction
from pathlib import Path
from typing import Any, TypeVar

from trl4ml.energy import meters, rapl
from trl4ml.energy.booking import MAKING, Options, Run, booked, over, whole
from trl4ml.energy.errors import Refused
from trl4ml.energy.keeping import Place, State, digests, state
from trl4ml.energy.overlap import Overlap
from trl4ml.energy.record import EnergyRecord, Exit, Prediction
from trl4ml.energy.sampling import Sampling
from trl4ml.energy.units import Budget
from trl4ml.energy.units import budget as read_budget

CHECKPOINT_S = 10.0
MOVED_S = 2.0
Function = TypeVar("Function", bound=Callable[..., Any])


def _now() -> datetime:
    return datetime.now(UTC)


class Tracker(ContextDecorator):
    """One run from start to stop; `record` is there when it has stopped, `so_far()` before."""

    def __init__(
        self,
        options: Options,
        *,
        now: Callable[[], datetime] = _now,
        powercap: Path = rapl.POWERCAP,
        nvml: Any = None,
    ) -> None:
        """Raises Refused for options that cannot be met, before anything runs."""
        self.options, self.factor = options, options.factor()
        self._now, self._powercap, self._nvml = now, powercap, nvml
        self.record: EnergyRecord | None = None
        self.path: Path | None = None
        self.over = False
        self.predicted: Prediction | None = None
        self.on_over: Callable[[], None] = lambda: None
        self.notes: list[str] = []
        self._place: Place | None = None
        self._before: dict[str, State] = {}
        self._started = False
        self._kept = 0.0
        self._pid = os.getpid()

    def start(self, *, keep: bool = True) -> "Tracker":
        """Begin to measure; with `keep` the first record is written at once. Raises Refused."""
        if self._started:
            raise Refused("a tracker measures one run; make another with track(...) for the next")
        self._pid, self._start = os.getpid(), self._now()
        if self.options.activity in MAKING:
            self._before = {name: state(name) for name in self.options.outputs}
        if self.options.output is not None:
            self._place = Place(self.options.output, self.options.activity, self._start)
        self._meters = meters.of_this_machine(self._powercap, self._nvml)
        self._overlap = Overlap()
        self._sampling = Sampling(self._meters, self.options.sampling_s, self._look)
        self._sampling.start()
        self._started = True
        if keep:
            try:
                self.keep()
            except Refused:
                self.abandon()
                raise
        return self

    def so_far(self) -> EnergyRecord:
        """The record up to now, marked as unfinished."""
        self._sampling.read()
        return self._recorded()

    def keep(self) -> None:
        """Write the record up to now, for the case that no end comes."""
        self._kept = time.monotonic()
        self._write(self._recorded())

    def stop(self, *, command: tuple[str, ...] | None = None, exit: Exit | None = None) -> None:
        """Close the record. A forked child that comes by here closes nothing."""
        if self.record is not None or os.getpid() != self._pid:
            return
        self._sampling.stop()
        self._look_over()
        self._overlap.look()
        self._overlap.close()
        self._moved()
        outputs, missing = digests(self.options.outputs, self._before)
        self.notes += missing
        record = replace(
            self._recorded(), finished=True, outputs=outputs, command=command, exit=exit
        )
        self._meters.close()
        try:
            self._write(record)
        except Refused as refused:
            record = replace(record, notes=(*record.notes, str(refused)))
            self.path = None
        self.record = record

    def abandon(self) -> None:
        """End without a record: what should have run never did."""
        self._sampling.stop()
        self._overlap.close()
        self._meters.close()

    def _recorded(self) -> EnergyRecord:
        sampling = self._sampling
        run = Run(self._start, sampling.duration_s, sampling.observed, sampling.readings)
        with sampling.lock:
            made = booked(self.options, self.factor, self._meters.parts(), run)
        ended = self._start + timedelta(seconds=run.duration_s)
        shared = ["another tracker ran on this machine at the same time; both count its energy"]
        return replace(
            made, finished=False, predicted=self.predicted, end=f"{ended:%Y-%m-%dT%H:%M:%SZ}", hardware=self._meters.describe(),
            notes=(*made.notes, *self._meters.notes, *(shared if self._overlap.seen else ()), *self.notes),
        )  # fmt: skip

    def _write(self, record: EnergyRecord) -> None:
        if self._place is not None:
            self._place.write(record)
            self.path = self._place.path

    def _look(self) -> None:
        """After each reading: another tracker, the budget, and is it time to write?"""
        self._overlap.look()
        self._look_over()
        if time.monotonic() - self._kept >= CHECKPOINT_S:
            with suppress(Refused):
                self.keep()

    def _look_over(self) -> None:
        asked = self.options.budget
        if asked is None or self.over:
            return
        self.over = over(whole(self._meters.parts(), self.options.pue), self.factor, asked)
        if self.over:
            says = f"the budget of {asked.text} was passed after {self._sampling.duration_s:.1f} s"
            self.notes.append(says)
            self.on_over()

    def _moved(self) -> None:
        """The clock of the machine against the one that cannot be set."""
        by = (self._now() - self._start).total_seconds() - self._sampling.duration_s
        if abs(by) > MOVED_S:
            self.notes.append(f"the clock of the machine moved by {by:+.0f} s, or it slept; the duration is not measured with it")  # fmt: skip

    def __call__(self, function: Function) -> Function:
        """Track each call. Raises Refused for a function that returns before it has run."""
        if iscoroutinefunction(function) or isgeneratorfunction(function):
            raise Refused(f"{function.__name__} returns before its work is done; use `with track(...)` inside it")  # fmt: skip
        return super().__call__(function)

    def _recreate_cm(self) -> "Tracker":
        return Tracker(self.options, now=self._now, powercap=self._powercap, nvml=self._nvml)

    def __enter__(self) -> "Tracker":
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            self.notes.append(f"the code ended with {kind.__name__}")
        self.stop()


def track(
    location: str | None = None,
    region: str | None = None,
    *,
    budget: str | Budget | None = None,
    pue: float = 1.0,
    activity: str = "training",
    sampling_s: float = 1.0,
    output: str | Path | None = "energy",
    outputs: tuple[str, ...] = (),
    unit: str = "",
    units: float | None = None,
    project: str | None = None,
    now: Callable[[], datetime] = _now,
    powercap: Path = rapl.POWERCAP,
    nvml: Any = None,
) -> Tracker:
    """A context manager and decorator; each call of a decorated function has its own record.

    `location` is an ISO 3166 alpha-3 code; without it there is energy and no carbon. `output` is
    the file of the record (*.json), a folder for it, or None. `outputs` are the model files: of a
    training those that it writes, else those that are used. `units` says how many there are of
    `unit` (1000 of "prediction"). Let an accelerator finish
    (`torch.cuda.synchronize()`) before the block ends, or the rest is not in it. Raises Refused.
    """
    limit = read_budget(budget) if isinstance(budget, str) else budget
    options = Options(
        location=location, region=region, budget=limit, pue=pue, activity=activity,
        sampling_s=sampling_s, output=None if output is None else Path(output), outputs=outputs, project=project,
        unit=unit, units=units,
    )  # fmt: skip
    return Tracker(options, now=now, powercap=powercap, nvml=nvml)
