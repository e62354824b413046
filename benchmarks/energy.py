"""What tracking costs, beside the bare command and `codecarbon monitor`: ratios in one run.

    python benchmarks/energy.py [ROUNDS]

Three things, each in paired rounds that run every program once, in turn. Start-up: `true` under the
meter. Standing: 20 seconds of `sleep` under it, less the start-up, as a share of one core (and
one reading of ours, which is too cheap to be seen in that). Training:
a scikit-learn training of 15 CPU seconds, which writes down what it used itself; what the
whole tree of processes used beyond that is the meter's, start-up in it. The paired difference to
the bare command stands beside it; on a busy machine it moves by more than the meter costs.
codecarbon runs offline, without its service. Ours reads every second, codecarbon every 10 (its
default); the standing cost of codecarbon at one second stands beside it.
"""

import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

BIN = Path(sys.executable).parent
PYTHON = [sys.executable, "-c"]
TRAINING = """\
import time
import numpy as np
from sklearn.linear_model import SGDClassifier
rng = np.random.default_rng(0)
x = rng.normal(size=(60_000, 60))
y = (x[:, :5].sum(axis=1) + rng.normal(size=len(x)) > 0).astype(int)
model = SGDClassifier(loss="log_loss", random_state=0)
while time.process_time() < SECONDS:
    model.partial_fit(x, y, classes=[0, 1])
open("own", "w").write(str(time.process_time()))
"""
SLEEP_S, LONG_S, READINGS = 20, 15, 2000
AIM_START, AIM_TRAINING = 0.5, 0.02
OURS = [str(BIN / "trl4ml"), "track", "--location", "FRA", "--output", "run.json", "--"]
PEER = [str(BIN / "codecarbon"), "monitor", "--offline", "--country-iso-code", "FRA", "--no-api"]
UNDER = {"bare": [], "trl4ml track": OURS, "codecarbon monitor": [*PEER, "--"]}


class Cost(NamedTuple):
    """Seconds on the wall and of CPU of a command and all that it started; `own` of a training."""

    wall: float
    cpu: float
    own: float = 0.0


def cost(command: list[str], folder: Path) -> Cost:
    """Run it once; it has to end well."""
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    wall, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    own = folder / "own"
    return Cost(wall, used, float(own.read_text()) if own.exists() else 0.0)


def rounds(number: int, command: list[str], folder: Path) -> dict[str, list[Cost]]:
    """Each way of running the command, `number` times in turn."""
    costs: dict[str, list[Cost]] = {name: [] for name in UNDER}
    for _ in range(number):
        for name, prefix in UNDER.items():
            costs[name].append(cost([*prefix, *command], folder))
    return costs


def medians(costs: dict[str, list[Cost]]) -> dict[str, Cost]:
    return {
        name: Cost(statistics.median(c.wall for c in some), statistics.median(c.cpu for c in some))
        for name, some in costs.items()
    }


def started(number: int, folder: Path) -> tuple[dict[str, Cost], bool]:
    """The start-up of each, and whether ours is below the aim."""
    got = medians(rounds(number, ["true"], folder))
    ours, peer = got["trl4ml track"], got["codecarbon monitor"]
    ratio = ours.wall / peer.wall
    print(f"start-up     ours {ours.wall:.3f} s, codecarbon {peer.wall:.3f} s: {ratio:.2f} of it (aim: below {AIM_START})")  # fmt: skip
    print(f"             CPU: ours {ours.cpu:.3f} s, codecarbon {peer.cpu:.3f} s: {ours.cpu / peer.cpu:.2f} of it")  # fmt: skip
    return got, ratio < AIM_START


def standing(start: dict[str, Cost], folder: Path) -> None:
    """What is used while nothing happens, of one core."""
    each = [*PEER, "--measure-power-secs", "1", "--"]
    ways = {**UNDER, "codecarbon, every second": each}
    for name, prefix in list(ways.items())[1:]:
        used = cost([*prefix, "sleep", str(SLEEP_S)], folder).cpu
        begun = start.get(name, start["codecarbon monitor"]).cpu
        print(f"standing     {name}: {(used - begun) / SLEEP_S:+.2%} of one core")


def reading() -> None:
    """One reading of every meter of this machine, in this process."""
    from trl4ml.energy.meters import of_this_machine

    meters, begun = of_this_machine(), time.process_time()
    for moment in range(READINGS):
        meters.sample(float(moment))
    each = (time.process_time() - begun) / READINGS
    print(
        f"reading      ours: {each * 1e6:.0f} microseconds, at one a second {each:.4%} of one core"
    )


def training(number: int, folder: Path) -> bool:
    """CPU seconds of a training under each, against its own and against the bare one beside it."""
    costs = rounds(number, [*PYTHON, TRAINING.replace("SECONDS", str(LONG_S))], folder)
    used = statistics.median(c.own for c in costs["bare"])
    print(f"training     {used:.2f} s of CPU of its own, {number} rounds")
    more = {}
    for name, some in costs.items():
        more[name] = statistics.median(c.cpu / c.own - 1 for c in some)
        paired = [a.cpu / b.cpu - 1 for a, b in zip(some, costs["bare"], strict=True)]
        each = ", ".join(f"{share:+.1%}" for share in paired)
        print(f"             {name}: {more[name]:+.2%} beyond its own (paired with bare: {each})")
    ours = more["trl4ml track"] - more["bare"]
    print(f"             ours {ours:.2%} (aim: below {AIM_TRAINING:.0%})")
    return ours < AIM_TRAINING


def main(number: int) -> int:
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        for prefix in UNDER.values():
            cost([*prefix, "true"], folder)
        start, kept = started(number, folder)
        standing(start, folder)
        reading()
        kept = training(number, folder) and kept
    print("kept" if kept else "MISSED")
    return int(not kept)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 5))
