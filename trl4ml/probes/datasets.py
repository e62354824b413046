"""A figure means what its data mean: which version, real or made, whose, and ready for what.

Reads the register `datasets`. The evidence counts as observed in the lab when all data for metrics
and test are real, in simulation when some are benchmarks or simulated (they stand in for the data
of use), and as synthetic when some are. While none is used for either, all data sets count. The
worst readiness band is known only when every data set states one.
"""

from trl4ml.core.environment import Environment
from trl4ml.core.evidence import Finding, Kind, Measure, undefined
from trl4ml.core.registers.datasets import Dataset, DatasetKind, Datasets, Use, band_rank
from trl4ml.core.registers.telling import counted, declared, judged, lack, named, nothing
from trl4ml.core.views import Registers

asks = "Every data set has a version and an owner."
version = 2

ENVIRONMENT = {
    DatasetKind.SYNTHETIC: Environment.SYNTHETIC,
    DatasetKind.SIMULATED: Environment.SIMULATION,
    DatasetKind.BENCHMARK: Environment.SIMULATION,
    DatasetKind.REAL: Environment.LAB,
}


def run(registers: Registers) -> Finding:
    rows = registers.rows(Datasets)
    if not rows:
        return nothing(registers, Datasets, "datasets", "data sets")
    every = [row.entry for row in rows]
    kinds = {kind.value: sum(one.kind is kind for one in every) for kind in DatasetKind}
    real = [one for one in every if one.kind is DatasetKind.REAL]
    unversioned = [r for r in rows if not (r.entry.version or r.entry.digest)]
    unowned = [r for r in rows if not r.entry.owner]
    measures = declared(
        total=len(rows),
        **kinds,
        **readiness(every),
        owned=len(rows) - len(unowned),
        versioned=len(rows) - len(unversioned),
        tasks_named=sum(bool(one.task) for one in every),
        used_for_metrics_real=sum(Use.METRICS in one.used_for for one in real),
    )
    told = ", ".join(f"{number} {kind}" for kind, number in reversed(kinds.items()) if number)
    lacks = [lack("without a version or digest", unversioned), lack("without an owner", unowned)]
    about = f"{counted(len(rows), 'data set')} ({told})"
    finding = judged(about, rows, lacks, measures)
    return finding.model_copy(update={"environment": environment(every)})


def readiness(every: list[Dataset]) -> dict[str, Measure]:
    silent = [one.id for one in every if one.band is None]
    if silent:
        gap = undefined(f"no readiness band is stated for {named(silent)}")
        return {"lowest_band": gap, "band_rank": gap}
    lowest = min((one.band for one in every if one.band), key=band_rank)
    return {
        "lowest_band": Measure(value=lowest, kind=Kind.DECLARED),
        "band_rank": Measure(value=band_rank(lowest), n=len(every), kind=Kind.DECLARED),
    }


def environment(every: list[Dataset]) -> Environment:
    """The furthest from use of the data that figures rest on; of all, while none is said to be."""
    measured = [one for one in every if {Use.METRICS, Use.TEST} & {*one.used_for}]
    return min((ENVIRONMENT[one.kind] for one in measured or every), key=lambda e: e.nearness)
