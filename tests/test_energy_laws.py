"""Laws of the energy probes: more budget never hurts, and the order of candidates does not matter."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from trl4ml.core.evidence import Finding, Outcome
from trl4ml.energy import record
from trl4ml.energy.record import Band, EnergyRecord
from trl4ml.testing import find, lay_out

WEIGHTS = "9a129038d9a00aed0cf6a7ea059ca50a813449061ab87848cf1a13eafdf33b2c"
BETTER = [Outcome.NO, Outcome.UNKNOWN, Outcome.YES]
AMOUNT = st.floats(1e-6, 1e6)
VALUE = st.integers(0, 4).map(float)


def asked(probe: str, files: dict[str, str], options: dict[str, Any]) -> Finding:
    with TemporaryDirectory() as folder:
        lay_out(Path(folder), files)
        return find(probe, Path(folder), options)


@settings(max_examples=40, deadline=None)
@given(st.tuples(AMOUNT, AMOUNT, AMOUNT).map(sorted), st.tuples(AMOUNT, AMOUNT).map(sorted))
def test_more_budget_never_turns_within_into_beyond(
    ends: list[float], budgets: list[float]
) -> None:
    lower, value, upper = ends
    one = EnergyRecord(
        "trl4ml 0.1.0", "training", Band(value, lower, upper), "modelled",
        outputs={"m.bin": WEIGHTS},
    )  # fmt: skip
    files = {"m.bin": "weights", "energy/a.json": record.to_json(one)}
    found = [asked("energy-budget", files, {"budget": f"{kwh:.9f}kWh"}) for kwh in budgets]
    less, more = (BETTER.index(one.outcome) for one in found)
    assert less <= more
    for finding, kwh in zip(found, budgets, strict=True):
        exact = float(f"{kwh:.9f}")
        assert (finding.outcome is Outcome.YES) == (upper <= exact)
        assert (finding.outcome is Outcome.NO) == (lower > exact)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(VALUE, VALUE, VALUE), min_size=2, max_size=6), st.randoms())
def test_the_answer_is_that_of_the_definition_in_whatever_order_the_rows_stand(
    points: list[tuple[float, float, float]], random: Any
) -> None:
    rows = [
        {"name": f"c{n}", "quality": quality, "energy_kwh": kwh, "latency_ms": ms}
        for n, (quality, kwh, ms) in enumerate(points)
    ]
    ours = points[0]
    better = [
        q >= ours[0] and kwh <= ours[1] and ms <= ours[2] and (q, kwh, ms) != ours
        for q, kwh, ms in points
    ]
    random.shuffle(rows)
    options = {"candidates": "c.json", "chosen": "c0"}
    found = asked("quality-per-energy", {"c.json": json.dumps(rows)}, options)
    assert found.measures["dominators"].value == sum(better)
    assert found.outcome is (Outcome.NO if any(better) else Outcome.YES)
    share = found.measures["hypervolume"].value
    assert isinstance(share, float | int)
    assert 0 < share <= 1
