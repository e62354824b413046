"""What a training will use in all, from its first epochs, with an interval.

After m ≥ 2 epochs with mean x̄ and standard deviation s, and r left:
Σseen + r·x̄ ± t(m−1)·s·√(r²/m + r). The first term of the root is what is unknown of the mean, the
second what each epoch to come varies by itself. Epoch 1 carries warm-up: from four epochs on it is
left out of x̄ and s where it lies more than three standard deviations of the others from their mean.
What was used already is never predicted away: no bound lies below Σseen.

That formula takes epochs for independent. They are not: clocks, temperature and other programs move
all of them at once, and three alike epochs say nothing of it. A `drift` d widens the interval, half²
= (t·s)²(r²/m + r) + (z·d·r·x̄)²; without one the formula stands alone.
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from statistics import NormalDist, fmean, stdev

from trl4ml.energy.band import carbon
from trl4ml.energy.errors import Refused
from trl4ml.energy.record import Band, Factor, Prediction
from trl4ml.energy.student import quantile


def predict(
    kwh: Sequence[float],
    seconds: Sequence[float],
    epochs: int,
    factor: Factor | None = None,
    level: float = 0.95,
    drift: float = 0.0,
) -> Prediction:
    """Energy (kWh), time (s) and, with a factor, carbon (g) of all `epochs`.

    `kwh` and `seconds` hold one number for each epoch seen. After one epoch there is a value and no
    interval. `drift` is the standard deviation of what moves all epochs to come, relative to their
    mean: 0.1 widens the interval of what is left to at least 20 % either way.
    """
    _refuse(kwh, seconds, epochs)
    energy, left_out = _forecast(kwh, epochs, level, drift)
    duration, _ = _forecast(seconds, epochs, level, drift)
    return Prediction(
        epochs=epochs,
        seen=len(kwh),
        left_out=left_out,
        level=level,
        energy=energy,
        duration=duration,
        carbon=None if factor is None else carbon(energy, factor),
    )


def judged(prediction: Prediction, kwh: float, seconds: float) -> Prediction:
    """The prediction beside what came: the error is (predicted − actual)/actual, of the energy."""
    if not (kwh > 0 and math.isfinite(kwh)):
        raise Refused(f"a prediction is judged by a total above 0 kWh, not by {kwh:g}")
    told = prediction.energy
    inside = None
    if told.lower is not None and told.upper is not None:
        inside = told.lower <= kwh <= told.upper
    error = (told.value - kwh) / kwh
    return replace(prediction, actual_kwh=kwh, actual_s=seconds, error=error, inside=inside)


def _forecast(seen: Sequence[float], epochs: int, level: float, drift: float) -> tuple[Band, int]:
    spent, left = math.fsum(seen), epochs - len(seen)
    if len(seen) == 1:
        return Band(epochs * seen[0]), 0
    left_out = _warm_up(seen)
    used = seen[left_out:]
    spread = math.sqrt(left * left / len(used) + left)
    rest = left * fmean(used)
    apart = quantile(len(used) - 1, level) * stdev(used) * spread
    half = math.hypot(apart, NormalDist().inv_cdf(0.5 + level / 2) * drift * rest)
    return Band(spent + rest, spent + max(rest - half, 0.0), spent + rest + half), left_out


def _warm_up(seen: Sequence[float]) -> int:
    """1 where the first epoch is unlike the others, else 0."""
    others = seen[1:]
    return int(len(seen) >= 4 and abs(seen[0] - fmean(others)) > 3 * stdev(others))


def _refuse(kwh: Sequence[float], seconds: Sequence[float], epochs: int) -> None:
    if not kwh or len(kwh) != len(seconds):
        raise Refused(
            f"a prediction needs energy and time of the same epochs, one or more; it got "
            f"{len(kwh)} energies and {len(seconds)} times"
        )
    if len(kwh) > epochs:
        raise Refused(f"{len(kwh)} epochs were seen, more than the {epochs} announced")
    for number, pair in enumerate(zip(kwh, seconds, strict=True), 1):
        if not all(math.isfinite(value) and value >= 0 for value in pair):
            raise Refused(
                f"epoch {number} is given with {pair[0]:g} kWh in {pair[1]:g} s; "
                "neither can be negative or undefined"
            )
    if not any(kwh):
        raise Refused(
            f"no energy was read in {len(kwh)} epochs: they are shorter than the meter's period"
        )
