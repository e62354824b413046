"""The energy of a training foretold after three of its epochs, beside carbontracker.

    python benchmarks/prediction.py [RUNS]

20 trainings of 20 epochs: a perceptron of scikit-learn on the digits, `partial_fit` over 40 000 rows
in batches of 200, another width, seed and order each time. The energy is that of this machine's own
meters, or of its model of power where there are none. carbontracker foretells from the very same
readings by its own code (2.4.7, `predictor.py`, in the venv build/peers): after one epoch, which is
its default, and after three. It states no interval. Aim: the actual total lies inside our stated
95 % interval in at least 90 % of the runs.
"""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from trl4ml.energy import track
from trl4ml.energy.epochs import watch
from trl4ml.energy.record import Prediction

PEERS = Path(__file__).resolve().parents[1] / "build" / "peers"
EPOCHS, AFTER, BATCH = 20, 3, 200
THEIRS = """
import importlib.util, json, sys
from importlib.metadata import distribution
path = distribution("carbontracker").locate_file("carbontracker/predictor.py")
spec = importlib.util.spec_from_file_location("predictor", path)
predictor = importlib.util.module_from_spec(spec)
spec.loader.exec_module(predictor)
for line in sys.stdin:
    seen = json.loads(line)
    print(float(predictor.predict_energy(EPOCHS, seen)))
"""


@dataclass(frozen=True)
class Trained:
    """What one training told: the prediction, judged, and the kWh of each epoch."""

    prediction: Prediction
    kwh: list[float]
    class_: str


def trained(run: int) -> Trained:
    """One training, of a width and an order of its own."""
    import numpy as np
    from sklearn.datasets import load_digits
    from sklearn.neural_network import MLPClassifier

    digits = load_digits()
    chance = np.random.default_rng(run)
    rows = chance.integers(0, len(digits.data), 40_000)
    x, y = digits.data[rows] / 16 + chance.normal(0, 0.1, (len(rows), 64)), digits.target[rows]
    model = MLPClassifier((32 + 8 * (run % 5),), random_state=run)
    with track(output=None, sampling_s=0.1) as tracker:
        ended = watch(tracker, EPOCHS, AFTER)
        for _ in range(EPOCHS):
            order = chance.permutation(len(x))
            for batch in range(0, len(x), BATCH):
                part = order[batch : batch + BATCH]
                model.partial_fit(x[part], y[part], classes=np.arange(10))
            ended()
    assert tracker.record is not None and tracker.predicted is not None
    return Trained(tracker.predicted, ended.kwh, tracker.record.class_)


def theirs(several: list[list[float]]) -> list[float]:
    """carbontracker's total for the epochs seen of each run, by its own code."""
    python = PEERS / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(PEERS)], check=True)
    pip = [str(python), "-m", "pip", "install", "--quiet", "carbontracker==2.4.7"]
    subprocess.run(pip, check=True)
    done = subprocess.run(
        [str(python), "-c", THEIRS.replace("EPOCHS", str(EPOCHS))],
        input="".join(json.dumps(one) + "\n" for one in several),
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return [float(line) for line in done.stdout.split()]


def printed(run: int, one: Trained, first: float, third: float) -> None:
    ours, actual = one.prediction.energy, one.prediction.actual_kwh or 0.0
    mwh = [1e6 * x for x in (ours.lower or 0, ours.value, ours.upper or 0, actual)]
    print(
        f"  {run:2}  [{mwh[0]:7.1f} {mwh[1]:7.1f} {mwh[2]:7.1f}]  {mwh[3]:7.1f}  "
        f"{one.prediction.error or 0:+7.1%}  {'inside' if one.prediction.inside else 'OUTSIDE'}   "
        f"{third / actual - 1:+7.1%}  {first / actual - 1:+7.1%}"
    )


def main(arguments: list[str]) -> int:
    runs = [trained(run) for run in range(int(arguments[0]) if arguments else 20)]
    first, third = (theirs([one.kwh[:n] for one in runs]) for n in (1, AFTER))
    print(f"Energy of {EPOCHS} epochs foretold after {AFTER}, in mWh ({runs[0].class_})")
    print("  run [  lower   value   upper]   actual    error           carbontracker's after 3, 1")
    for run, (one, *both) in enumerate(zip(runs, first, third, strict=True)):
        printed(run, one, *both)
    inside = sum(bool(one.prediction.inside) for one in runs) / len(runs)
    actual = [one.prediction.actual_kwh or 0.0 for one in runs]
    errors = [fmean(abs(p / a - 1) for p, a in zip(x, actual, strict=True)) for x in (third, first)]
    ours = fmean(abs(one.prediction.error or 0.0) for one in runs)
    print(f"  mean error: ours {ours:.1%}, carbontracker's {errors[0]:.1%} after 3 epochs, "
          f"{errors[1]:.1%} after 1; it states no interval")  # fmt: skip
    print(f"  inside our own 95 % interval: {inside:.0%} (aim: 90 %)")
    return int(inside < 0.9)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
