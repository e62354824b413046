"""A function to call at the end of each epoch: it predicts the total, and says when to stop.

    from trl4ml.energy.epochs import watch
    with track(location="FRA", budget="2kgCO2e") as tracker:
        ended = watch(tracker, epochs=20)
        for epoch in range(20):
            train_one_epoch()
            if ended().stop:
                break
    print(tracker.record.predicted)

It never ends a training by an error of its own: what cannot be predicted has a reason.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from trl4ml.energy.errors import Refused
from trl4ml.energy.prediction import judged, predict
from trl4ml.energy.record import Factor, Prediction
from trl4ml.energy.tracking import Tracker
from trl4ml.energy.units import Budget

DRIFT = 0.1
"""1.96 of it cover what predictions from one epoch were off by: up to 19.1 % (Anthony et al. 2020)."""


@dataclass(frozen=True)
class Ended:
    """What is known after an epoch: a prediction, or why there is none; and whether to stop."""

    epoch: int
    prediction: Prediction | None
    stop: bool
    reason: str


def _nowhere(prediction: Prediction) -> None:
    """Keeps nothing."""


@dataclass
class Watch:
    """Reads the meter when each of `epochs` ends.

    `energy` gives the kWh used since whenever; `clock` seconds. `stop_over`, in kWh or in grams
    (which needs a factor), stops the training when it is passed, or as soon as even the lower end of the
    predicted total passes it. The prediction after `after` epochs is given to `keep`, and once more
    beside what came when the last epoch has ended.
    """

    epochs: int
    energy: Callable[[], float]
    factor: Factor | None = None
    stop_over: Budget | None = None
    after: int = 3
    clock: Callable[[], float] = time.monotonic
    drift: float = DRIFT
    keep: Callable[[Prediction], object] = _nowhere
    first: Prediction | None = None
    kwh: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.epochs < 1:
            raise Refused(f"a training has 1 epoch or more, not {self.epochs}")
        if self.stop_over and self.stop_over.unit == "gCO2e" and self.factor is None:
            raise Refused(
                f"the budget '{self.stop_over.text}' needs the factor of a place; give one, or kWh"
            )
        self.begin()

    def begin(self) -> None:
        """The first epoch begins now; without this it begins when the watch is made."""
        self._begun = self._read = (self.energy(), self.clock())

    def __call__(self) -> Ended:
        """An epoch has ended."""
        now = (self.energy(), self.clock())
        self.kwh.append(now[0] - self._read[0])
        self.seconds.append(now[1] - self._read[1])
        self._read = now
        try:
            prediction = predict(self.kwh, self.seconds, self.epochs, self.factor, drift=self.drift)
        except Refused as no:
            return Ended(len(self.kwh), None, bool(self._passed(sum(self.kwh))), str(no))
        if prediction.seen == min(max(self.after, 1), self.epochs):
            self.first = prediction
            self.keep(prediction)
        if self.first and prediction.seen == self.epochs:
            with suppress(Refused):
                self.keep(self.judged())
        reason = self._over(prediction)
        return Ended(len(self.kwh), prediction, bool(reason), reason)

    def judged(self) -> Prediction:
        """The first prediction beside what the training has used until now. Raises Refused."""
        if self.first is None:
            raise Refused(f"nothing was predicted: {len(self.kwh)} epochs, {self.after} are due")
        if len(self.kwh) < self.epochs:
            raise Refused(
                f"{len(self.kwh)} of {self.epochs} epochs ended: a prediction of all of them "
                "cannot be judged by less"
            )
        return judged(self.first, self.energy() - self._begun[0], self.clock() - self._begun[1])

    def _over(self, prediction: Prediction) -> str:
        if says := self._passed(sum(self.kwh)):
            return says
        lower = prediction.energy.lower
        if lower is None or not (says := self._passed(lower)):
            return ""
        return f"{says}, by the lower end of what is predicted for {self.epochs} epochs"

    def _passed(self, kwh: float) -> str:
        """How so many kWh pass the budget, or an empty text."""
        if self.stop_over is None:
            return ""
        used = kwh * self.factor.value if self.factor and self.stop_over.unit == "gCO2e" else kwh
        if used <= self.stop_over.value:
            return ""
        return f"{used:.4g} {self.stop_over.unit} pass the budget of {self.stop_over.text}"


def watch(tracker: Tracker, epochs: int, after: int = 3) -> Watch:
    """The watch of a running tracker: its meters, its place, and its budget as what stops.

    The prediction is kept in the tracker's record. Raises Refused.
    """

    def used() -> float:
        energy = tracker.so_far().energy
        return energy.value if energy is not None else 0.0

    def keep(prediction: Prediction) -> None:
        tracker.predicted = prediction

    return Watch(epochs, used, tracker.factor, tracker.options.budget, after, keep=keep)
