"""A result that cannot be had again cannot be told from luck, nor any change from noise.

With `trl4ml audit --run` the declared command is run twice, each time in a clean copy of the files
that git does not ignore, without the outputs named here. The metrics of both runs, and those of the
tree where the file is part of it, must agree within tolerance; the artefacts of both runs must be
the same bytes. `python` is what your shell would run: PATH is passed on, HOME is empty, and nothing
else is known of your machine. A copy is no jail: the command runs with your rights. The finding
stands, without `--run` too, until one of the files changes; a run that fails is not remembered.
"""

import math
import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from trl4ml.core.environment import Environment
from trl4ml.core.evidence import EXACT, Finding, Measure, no, undefined, unknown, yes
from trl4ml.core.limits import Megabytes, Seconds, Tolerance
from trl4ml.core.noun import Noun, Text
from trl4ml.core.registers.entry import InnerPath
from trl4ml.core.views import Documents, Files, Rerun, Reruns, Unreadable
from trl4ml.dense import loads, told

asks = "The declared command gives the same again."
version = 2

SET = "under probes: reproducible in trl4ml.yaml"
TOO_MUCH = re.compile(
    r"MemoryError|cannot allocate memory|out of memory|bad_alloc|failed to map segment"
    r"|Resource temporarily unavailable|File too large",
    re.IGNORECASE,
)
KILLED, FILE_TOO_LARGE = -9, -25
LONGEST, SHOWN = 200, 3


class Options(Noun):
    command: tuple[str, ...] = ()
    """The program and its arguments, as in [python, train.py]; no shell reads it."""
    metrics: dict[InnerPath, dict[Text, Tolerance]] = {}
    """JSON file → number in it, as accuracy or test.accuracy → how much it may differ."""
    artefacts: tuple[InnerPath, ...] = ()
    """Files that both runs must make byte for byte."""
    environment: tuple[Text, ...] = ()
    """Names of environment variables that the command needs; their values are not recorded."""
    seconds: Seconds = 600
    """How long one run may take."""
    megabytes: Megabytes = 4096
    """The address space of each process, and the size of each file that it writes, at most."""


class Metric(NamedTuple):
    """One number wherever it was found: `in run 1`, `in run 2`, `in the tree`."""

    name: str
    tolerance: float
    values: dict[str, int | float]

    @property
    def spread(self) -> Decimal:
        exact = [Decimal(str(value)) for value in self.values.values()]
        return max(exact) - min(exact)

    @property
    def differs(self) -> str:
        """In words; empty when it is within tolerance."""
        if self.spread <= Decimal(str(self.tolerance)):
            return ""
        least, most = (f(self.values, key=self.values.__getitem__) for f in (min, max))
        says = f"{self.name} is {self.values[least]} {least} and {self.values[most]} {most}"
        return f"{says} (tolerance {self.tolerance:g})"


def run(files: Files, documents: Documents, reruns: Reruns, options: Options) -> Finding:
    if not options.command or not (any(options.metrics.values()) or options.artefacts):
        return unknown(f"no command to run again is declared; set command, and metrics or "
                       f"artefacts, {SET}")  # fmt: skip
    if not reruns.allowed:
        return unknown("the command is declared but has not been run again on these files; "
                       "run it with: trl4ml audit --run")  # fmt: skip
    known = set(files.all())
    in_tree = {path: documents.json(path) for path in sorted(options.metrics) if path in known}
    artefacts = sorted({*options.artefacts})
    runs = reruns.twice(
        options.command, tuple(options.metrics), tuple(artefacts), options.environment,
        options.seconds, options.megabytes,
    )  # fmt: skip
    says = _short(shlex.join(options.command))
    if why := _ended_badly(runs[-1], options):
        return unknown(f"`{says}` {why} (run {len(runs)})")
    written = {f"in run {n}": _written(one, options, n) for n, one in enumerate(runs, 1)}
    metrics = _metrics({**written, "in the tree": in_tree}, options)
    other = [path for path in artefacts if runs[0].digests[path] != runs[1].digests[path]]
    return _compared(says, metrics, artefacts, other, in_tree)


def _compared(
    command: str, metrics: list[Metric], artefacts: Sequence[str], other: list[str],
    places: Iterable[str],
) -> Finding:  # fmt: skip
    """`other` are the artefacts that are not the same twice."""
    differ = [one.differs for one in metrics if one.differs]
    differ += [f"{path} is not the same twice" for path in other]
    measures: dict[str, Measure | int] = {
        "same": not differ,
        "runs": 2,
        "metrics_compared": len(metrics),
        "largest_difference": _largest(metrics),
        "artefacts_compared": len(artefacts),
        "artefacts_same": len(artefacts) - len(other),
    }
    if differ:
        more = f"; and {len(differ) - SHOWN} more" if len(differ) > SHOWN else ""
        finding = no(f"`{command}`: {'; '.join(differ[:SHOWN])}{more}", places, **measures)
    else:
        counts = f"metrics within tolerance: {len(metrics)}, artefacts: {len(artefacts)}"
        finding = yes(f"`{command}` gave the same twice ({counts})", places, **measures)
    return finding.model_copy(update={"environment": Environment.LAB})


def _largest(metrics: list[Metric]) -> Measure:
    if not metrics:
        return undefined("no metric is declared")
    spread = max(one.spread for one in metrics)
    return Measure(value=float(spread)) if spread <= EXACT else undefined(f"more than {EXACT}")


def _ended_badly(run: Rerun, options: Options) -> str:
    """How, in words; empty when it ended with 0."""
    if run.status == 0:
        return ""
    if run.status is None:
        return f"took longer than {options.seconds} s; raise seconds {SET}"
    how = f"ended with status {run.status}" if run.status > 0 else f"got signal {-run.status}"
    said = f": {_short(run.tail.splitlines()[-1])}" if run.tail else ""
    much = run.status in (KILLED, FILE_TOO_LARGE) or TOO_MUCH.search(run.tail)
    return f"{how}{said}{f'; perhaps raise megabytes {SET}' if much else ''}"


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= LONGEST else f"{text[:LONGEST]} …"


def _written(run: Rerun, options: Options, number: int) -> dict[str, Any]:
    """The metrics files parsed. Raises Unreadable, also for an artefact that is missing."""
    parsed = {}
    for path in sorted({*options.metrics, *options.artefacts}):
        if path not in {**run.contents, **run.digests}:
            raise Unreadable(path, f"run {number} wrote no such file")
        if path in options.metrics:
            try:
                parsed[path] = loads(run.contents[path])
            except (ValueError, RecursionError) as error:
                says = told(error, f"what run {number} wrote is not JSON")
                raise Unreadable(path, says) from None
    return parsed


def _metrics(sources: Mapping[str, Mapping[str, Any]], options: Options) -> list[Metric]:
    """`sources` are the parsed files by where they lie and by path."""
    found = []
    for path, names in sorted(options.metrics.items()):
        held = {where: files[path] for where, files in sources.items() if path in files}
        for name, tolerance in sorted(names.items()):
            values = {where: _number(data, name) for where, data in held.items()}
            if missing := [where for where, value in values.items() if value is None]:
                raise Unreadable(path, f"'{name}' is no finite number {' and '.join(missing)}")
            known = {where: value for where, value in values.items() if value is not None}
            found.append(Metric(f"{name} in {path}", tolerance, known))
    return found


def _number(data: Any, name: str) -> int | float | None:
    """What the name, or its parts between dots, lead to, when it is a finite number."""
    if isinstance(data, dict) and name in data:
        return _finite(data[name])
    first, _, rest = name.partition(".")
    if isinstance(data, list) and first.isdecimal() and len(first) < 9 and int(first) < len(data):
        return _number(data[int(first)], rest) if rest else _finite(data[int(first)])
    return _number(data[first], rest) if rest and isinstance(data, dict) and first in data else None


def _finite(value: Any) -> int | float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return value if math.isfinite(value) else None
    except OverflowError:
        return None
