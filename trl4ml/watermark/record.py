"""A verification as a file: the verdict, which model file and which commitment it speaks of.

It holds no secret and may be published. Whoever reads it can check that its numbers hold together,
that commitment and model are the ones it names, and that the commitment is older than the release;
only who holds the key can repeat it. Standard library only.
"""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from trl4ml.watermark.errors import Refused

FORMAT = "trl4ml watermark verification 1"
STATUSES = ("detected", "not_detected", "inconclusive", "control_failed", "uncommitted")
LAW = re.compile(r"(Bin|Gamma)\((\d+), ([0-9.e+-]+)\)")
CLOSE = 0.01
"""How far log2 p may be off, relatively: the law is written with six digits."""
MOST = 1_000_000
POWER = 0.95
LARGEST = 2**53
Values = Mapping[str, Any]


@dataclass(frozen=True)
class Record:
    """`model` and `commitment` are paths from the root of the project, with `/`."""

    verdict: Values
    model: str
    commitment: str
    released: str

    def to_json(self) -> str:
        """The file's text: the same record gives the same bytes."""
        data = {"format": FORMAT, **vars(self), "verdict": dict(self.verdict)}
        return json.dumps(data, indent=1, sort_keys=True, allow_nan=False) + "\n"


def read(data: Any) -> Record:
    """The record in parsed JSON. Raises Refused, which names the field."""
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise Refused(
            f"its format is not '{FORMAT}'; write it with: trl4ml watermark verify --record"
        )
    verdict, paths = data.get("verdict"), [data.get(n) for n in ("model", "commitment", "released")]
    if not isinstance(verdict, dict) or not all(isinstance(one, str) for one in paths):
        raise Refused("verdict, model, commitment or released is missing; write it anew")
    if verdict.get("status") not in STATUSES:
        raise Refused(f"its status is {verdict.get('status')!r}, not one of {', '.join(STATUSES)}")
    record = Record(verdict, *paths)  # type: ignore[arg-type]
    _numbers(verdict)
    return record


def trouble(record: Record) -> str:
    """Why the numbers do not hold together, in words; empty when they do."""
    said = record.verdict
    alpha = said["alpha"] / (said["tests_made"] * (said["registered"] or 1))
    found = recomputed(said)
    if found is None:
        return f"its law {said['null_law']!r} for {said['hits']} of {said['n']} is not one"
    if abs(found - said["log2_p"]) > CLOSE * max(1.0, abs(found)):
        return f"{said['null_law']} gives 2^{found:.2f} for {said['hits']:g}, not 2^{said['log2_p']:.2f}"
    if said["status"] == "not_detected" and not _able(said.get("power")):
        return f"it says not detected, but its power is not shown to be {POWER}"
    if said["status"] != "detected":
        return ""
    if not found < math.log2(alpha):
        return f"it says detected, but p is not below {alpha:.2g}"
    ran = [one.get("passed", 0) if isinstance(one, dict) else 0 for one in said["controls"]]
    if True not in ran or not all(one is True or one is None for one in ran):
        return "it says detected, but its controls were not run or failed"
    return ""


def _able(power: Any) -> bool:
    return type(power) in (int, float) and power >= POWER


def recomputed(said: Values) -> float | None:
    """log2 of the exact tail of the law that the verdict names; None where it names none."""
    law = LAW.fullmatch(str(said["null_law"]))
    n, hits = said["n"], said["hits"]
    if not law or int(law[2]) != n or not 0 <= n <= MOST or hits is None:
        return None
    if law[1] == "Gamma":
        terms = [k * math.log(hits) - math.lgamma(k + 1) for k in range(n)] if hits > 0 else []
        return min(0.0, _logsum(terms) - hits) / math.log(2) if terms else 0.0
    rate = float(law[3])
    if not 0 < rate < 1 or not 0 <= hits <= n:
        return None
    chosen = math.lgamma(n + 1)
    terms = [chosen - math.lgamma(k + 1) - math.lgamma(n - k + 1) + k * math.log(rate)
             + (n - k) * math.log1p(-rate) for k in range(int(hits), n + 1)]  # fmt: skip
    return min(0.0, _logsum(terms)) / math.log(2)


def dated(commitment: Any, record: Record) -> str:
    """Why the commitment does not bind this record, in words; empty when it does."""
    if not isinstance(commitment, dict):
        return "it is not a commitment"
    digest = commitment.get("digest")
    if commitment.get("scheme") != record.verdict.get("scheme"):
        return "it commits to a key of another scheme"
    if digest != record.verdict.get("commitment") or digest != record.verdict.get("key_digest"):
        return "its digest is not the one that was verified"
    if commitment.get("registered") != record.verdict.get("registered"):
        return "its number of registered keys is not the one that was verified"
    try:
        earlier = date.fromisoformat(str(commitment.get("date"))) < date.fromisoformat(
            record.released
        )
    except ValueError:
        return "its date or the release is not a day like 2026-11-21"
    return "" if earlier else f"its date is not before the release of {record.released}"


def _numbers(verdict: Values) -> None:
    """Every figure that is computed with is one, and finite. Raises Refused."""
    whole = ("n", "tests_made", "undefined", "queries")
    for name in (*whole, "alpha", "log2_p", "hits"):
        value = verdict.get(name)
        fits = type(value) is int or (type(value) is float and name not in whole)
        if not fits or not abs(value) < LARGEST:  # type: ignore[arg-type]
            raise Refused(f"{name} is {value!r:.50}, not a number; write it anew")
    registered = verdict.get("registered")
    counted = registered is None or (type(registered) is int and 0 < registered < LARGEST)
    if not 0 < verdict["alpha"] < 1 or verdict["tests_made"] < 1 or not counted:
        raise Refused("alpha, tests_made or registered is out of range; write it anew")
    if not isinstance(verdict.get("controls"), list) or not isinstance(
        verdict.get("null_law"), str
    ):
        raise Refused("controls or null_law is missing; write it anew")


def _logsum(terms: list[float]) -> float:
    most = max(terms)
    return most + math.log(math.fsum(math.exp(one - most) for one in terms))
