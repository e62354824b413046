"""The search for bad slices beside `sliceline` and `divexplorer`, on Adult.

    python benchmarks/search.py [FOLDER OF adult.data]

13 features, the numbers in ten bins of equal width, support 1 % of 32,561 rows, predictions of a
naive Bayes classifier. Each search runs in a process of its own, after a small one that warms it
up; time is the median of three processes (one where it takes over 5 s). Memory is, for both alike,
the highest resident set above the one just before the search, when imports, data frame and warm-up
are done; the whole peak of the process stands beside it. Ours is measured from the data frame, where
what the scan holds counts too, and alone, from the cube that every other table is computed from. The
peers live in a venv of their own, made under build/peers; they pull matplotlib and igraph, which
ours never needs.
"""

import ctypes
import json
import math
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve()
DATA = HERE.parents[2] / "shared" / "data"
PEERS = HERE.parents[1] / "build" / "peers"
NAMES = [
    "age",
    "workclass",
    "fnlwgt",
    "education",
    "education-num",
    "marital-status",
    "occupation",
    "relationship",
    "race",
    "sex",
    "capital-gain",
    "capital-loss",
    "hours-per-week",
    "native-country",
    "income",
]
LEFT_OUT = ("fnlwgt", "income")
SUPPORT, ALPHA, TOP = 326, 0.95, 10


Told = Callable[[], list[Any]]


def adult(folder: Path) -> tuple[Any, list[str]]:
    """Features as codes, `y` and the prediction `p`; whether `p` is wrong as `e`."""
    import numpy as np
    import pandas as pd

    raw = pd.read_csv(folder / "adult.data", names=NAMES, skipinitialspace=True)
    y = (raw["income"] == ">50K").to_numpy()
    features = [name for name in NAMES if name not in LEFT_OUT]
    frame, log = pd.DataFrame(), np.log(np.array([[1 - y.mean(), y.mean()]])).repeat(len(y), 0)
    for name in features:
        column = raw[name].to_numpy()
        if raw[name].dtype.kind in "if":
            edges = np.linspace(column.min(), column.max(), 11)[1:-1]
            column = np.searchsorted(edges, column, side="left")
        codes = np.unique(column.astype(str), return_inverse=True)[1]
        table = np.ones((codes.max() + 1, 2))
        np.add.at(table, (codes, y.astype(int)), 1)
        log += np.log(table / table.sum(0))[codes]
        frame[name] = codes
    p = log[:, 1] > log[:, 0]
    frame["y"], frame["p"], frame["e"] = y.astype(int), p.astype(int), (p != y).astype(float)
    return frame, features


def ours_sliceline(cube: Any, features: list[str], levels: int | None) -> Told:
    from trl4ml.slices.search import sliceline

    found = sliceline(cube, support=SUPPORT, levels=levels, top=TOP, alpha=ALPHA, control="none")
    return lambda: [
        [round(one.score, 9), one.rows, sorted(map(list, names))]
        for one in found.findings
        for names in (one.predicates, *one.aliases)
    ]


def theirs_sliceline(frame: Any, features: list[str], levels: int | None) -> Told:
    from sliceline.slicefinder import Slicefinder

    finder = Slicefinder(alpha=ALPHA, k=TOP, max_l=levels, min_sup=SUPPORT, verbose=False)
    finder.fit(frame[features], frame["e"].to_numpy())
    return lambda: [
        [round(told["slice_score"], 9), int(told["slice_size"]),
         sorted([f, str(v)] for f, v in zip(features, row, strict=True) if v is not None)]
        for row, told in zip(finder.top_slices_, finder.top_slices_statistics_, strict=True)
    ]  # fmt: skip


def ours_divergence(cube: Any, features: list[str], levels: int | None) -> Told:
    from trl4ml.slices.search import every_slice

    found = every_slice(cube, "false_positive_rate", support=SUPPORT, levels=levels)
    divergence, t = found.divergence, found.t
    return lambda: [
        [sorted("=".join(pair) for pair in found.predicates(i)),
         round(float(divergence[i]), 9), round(float(t[i]), 6)]
        for i in range(1, len(found)) if found.n[i]
    ]  # fmt: skip


def theirs_divergence(frame: Any, features: list[str], levels: int | None) -> Told:
    from divexplorer import DivergenceExplorer

    frame = frame.assign(fp=frame["p"].where(frame["y"] == 0).astype(float))
    found = DivergenceExplorer(frame).get_pattern_divergence(
        min_support=SUPPORT / len(frame) - 1e-9, attributes=features, boolean_outcomes=["fp"]
    )
    told = zip(found["itemset"], found["fp_div"], found["fp_t"], strict=True)
    return lambda: [
        [sorted(items), round(d, 9), round(t, 6)]
        for items, d, t in told
        if items and not math.isnan(d)
    ]


SEARCHES: dict[str, Callable[[Any, list[str], int | None], Told]] = {
    name: one
    for name, one in globals().items()
    if name.startswith(("ours_", "theirs_")) and callable(one)
}


def scanned(frame: Any, features: list[str]) -> Any:
    """The cube; what the first finding would import is imported here, in the warm-up."""
    import scipy.special  # noqa: F401

    from trl4ml.slices import scan

    return scan(frame, features, label="y", prediction="p")


def measured(name: str, start: str, levels: int | None, folder: Path) -> dict[str, Any]:
    """One search in this process: seconds, megabytes above what was held, and what it found."""
    warnings.filterwarnings("ignore")
    frame, features = adult(folder)
    make = scanned if name.startswith("ours") else lambda frame, features: frame
    SEARCHES[name](make(frame.head(1000), features[:3]), features[:3], 2)
    table = make(frame, features) if start == "cube" else None
    ctypes.CDLL(None).malloc_trim(0)  # what is free but held would hide what the search needs
    before = _memory("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")
    begin = time.perf_counter()
    found = SEARCHES[name](make(frame, features) if table is None else table, features, levels)
    seconds = time.perf_counter() - begin
    peak = _memory("VmHWM")
    told = {"seconds": seconds, "megabytes": peak - before, "peak": peak}
    return told | {"found": found()}


def _memory(what: str) -> float:
    status = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in status if line.startswith(what))


def run(name: str, levels: int | None, folder: Path, start: str = "frame") -> dict[str, Any]:
    """The median by time of three processes, or one where it takes long."""
    python = sys.executable if name.startswith("ours") else PEERS / "bin" / "python"
    command = [str(python), str(HERE), "--one", name, start, str(levels or 0), str(folder)]
    done: list[dict[str, Any]] = []
    while len(done) < 3 and not (done and done[0]["seconds"] > 5):
        one = subprocess.run(command, capture_output=True, text=True, check=False)
        if one.returncode:
            sys.exit(one.stderr)
        done.append(json.loads(one.stdout.splitlines()[-1]))
    middle = sorted(done, key=lambda one: float(one["seconds"]))[len(done) // 2]
    depth = f"level {levels}" if levels else "full depth"
    who = name.split("_", maxsplit=1)[0] + (
        f", from the {start}" if name.startswith("ours") else ""
    )
    print(
        f"  {who:22} {depth:10} {middle['seconds']:8.3f} s {middle['megabytes']:8.1f} MB"
        f" (the process {middle['peak']:.0f} MB)"
    )
    return middle


def peers() -> None:
    if not (PEERS / "bin" / "python").exists():
        subprocess.run([sys.executable, "-m", "venv", str(PEERS)], check=True)
    pip = [str(PEERS / "bin" / "python"), "-m", "pip", "install", "--quiet"]
    subprocess.run([*pip, "sliceline==0.3.0", "divexplorer==0.2.6"], check=True)


def verdict(says: str, kept: bool) -> bool:
    print(f"    {says}: {'kept' if kept else 'MISSED'}")
    return kept


def against_sliceline(folder: Path) -> bool:
    print("SliceLine score, the ten best slices")
    good = True
    for levels in (2, 3):
        theirs, ours = (run(f"{who}_sliceline", levels, folder) for who in ("theirs", "ours"))
        same = sorted(map(str, theirs["found"])) == sorted(map(str, ours["found"]))
        good &= verdict("the same slices, sizes and scores", same)
    return good & ratios("sliceline", folder, theirs, "its level 3")


def against_divexplorer(folder: Path) -> bool:
    print("Divergence of the false-positive rate, all slices")
    theirs = run("theirs_divergence", None, folder)
    ours = run("ours_divergence", None, folder)
    same = sorted(map(str, theirs["found"])) == sorted(map(str, ours["found"]))
    many = f"{len(ours['found']):,} slices with a rate"
    good = verdict(f"the same {many}, divergences and t", same)
    return good & ratios("divergence", folder, theirs, "its full depth, the only one it has")


def ratios(name: str, folder: Path, theirs: dict[str, Any], what: str) -> bool:
    """Full depth beside theirs: from the data frame, and of the search alone."""
    good = True
    for start in ("frame", "cube"):
        ours = run(f"ours_{name}", None, folder, start)
        faster, share = (theirs[x] / ours[x] for x in ("seconds", "megabytes"))
        good &= verdict(f"{faster:.0f} times as fast as {what} (aim: 20)", faster >= 20)
        good &= verdict(f"1/{share:.0f} of its memory (aim: 1/10)", share >= 10)
    return good


def main(arguments: list[str]) -> int:
    if arguments[:1] == ["--one"]:
        name, start, levels, folder = arguments[1:]
        print(json.dumps(measured(name, start, int(levels) or None, Path(folder))))
        return 0
    folder = Path(arguments[0]) if arguments else DATA
    if not (folder / "adult.data").is_file():
        print(f"{folder / 'adult.data'} is not there; give the folder that holds it")
        return 2
    peers()
    return int(not (against_sliceline(folder) & against_divexplorer(folder)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
