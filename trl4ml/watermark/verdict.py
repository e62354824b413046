"""What a verifier says, always whole: the null, the hits, p, the threshold, the controls."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

import rfc8785

Status = Literal[
    "detected", "not_detected", "inconclusive", "control_failed", "uncommitted", "refused"
]


@dataclass(frozen=True)
class Control:
    """A run that must not match: random keys, shuffled weights, a wrong label, a wrong layout.

    `statistic` of `n` beside what the null expects and the `bound` that fails it. `passed` is
    None where the control was not run; `detail` then says why.
    """

    name: str
    passed: bool | None
    statistic: float | None = None
    n: int | None = None
    expected: float | None = None
    bound: float | None = None
    detail: str = ""


@dataclass(frozen=True)
class Verdict:
    """One key tested on one model.

    `hits` of `n` (defined bits, labels or tokens; a score where the law is not binomial), `p` the
    exact tail probability, bounded below at 1e-300 (`log2_p` goes on), `alpha` as committed and
    `threshold` the fewest hits below alpha / (tests made x keys registered), whose true size is
    `threshold_level`. `floor` is the smallest p that `n` can reach, `power` the chance of
    reaching the threshold at true agreement `agreement`. None: undefined, `reason` says why.
    Never holds a secret: keys, commitments and models appear as SHA-256 digests.
    """

    scheme: str
    version: int
    status: Status
    null_hypothesis: str
    null_law: str
    hits: float | None
    n: int | None
    p: float | None
    log2_p: float | None
    alpha: float
    threshold: float | None
    threshold_level: float | None
    floor: float | None
    power: float | None
    agreement: float
    tests_made: int
    registered: int | None
    undefined: int
    queries: int
    controls: tuple[Control, ...]
    seeds: tuple[int, ...]
    assumptions: tuple[str, ...]
    notes: tuple[str, ...]
    key_digest: str | None
    commitment: str | None
    model_digest: str | None
    reason: str
    remedy: str

    def as_dict(self) -> dict[str, Any]:
        """Plain values, tuples as lists."""
        said = asdict(self)
        said["controls"] = [asdict(control) for control in self.controls]
        return said | {name: list(said[name]) for name in ("seeds", "assumptions", "notes")}

    def to_json(self) -> str:
        """Canonical JSON (RFC 8785): the same verdict gives the same bytes."""
        return rfc8785.dumps(self.as_dict()).decode()
