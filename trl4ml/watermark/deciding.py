"""The one place that turns hits into a status.

The order: uncommitted before all else, for a key shown with the claim matches anything; then
failed controls; then p against alpha / (tests made x keys registered); and only where nothing was
found, whether the test could have found it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from trl4ml.watermark import null
from trl4ml.watermark.errors import Refused
from trl4ml.watermark.keys import Commitment, Key
from trl4ml.watermark.null import Statistic
from trl4ml.watermark.verdict import Control, Status, Verdict

AGREEMENT = 0.9
POWER = 0.95
FREE_FORM = "the message was drawn at random: it grows from no seed that would show it"
NO_VALUE = "The p-value has no evidential value."
COMMIT = (
    "Publish or sign a key's commitment before the model is released, and show that commitment."
)


@dataclass(frozen=True)
class Ruling:
    """A status and its two sentences."""

    status: Status
    reason: str
    remedy: str = ""


@dataclass(frozen=True)
class Run:
    """What stands beside the hits: what was asked of whom, how often, under which assumptions.

    `released` is the day the model became public; `tests_made` counts every key, label, layer and
    model tried; `signal` says why the answers carry too little (None: they do not), `remedy` what
    to do about it; `assumptions` are the ones nobody checked, `notes`
    what was noticed on the way (clipped answers, the step).
    """

    null_hypothesis: str
    commitment: Commitment | None
    released: str | None
    controls: tuple[Control, ...]
    model_digest: str | None = None
    tests_made: int = 1
    queries: int = 0
    agreement: float = AGREEMENT
    seeds: tuple[int, ...] = ()
    assumptions: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    signal: str | None = None
    remedy: str = ""


def shared(key: Key, commitment: Commitment | None, tests_made: int) -> float:
    """The level left for one test: alpha / (tests made x keys registered)."""
    if tests_made < 1:
        raise Refused("At least one test was made: count every key, label, layer and model tried.")
    return key.alpha / (tests_made * (commitment.registered if commitment else 1))


def decide(key: Key, statistic: Statistic, run: Run) -> Verdict:
    """The verdict on one key and one model; a random message that is constant fails a control."""
    alpha = shared(key, run.commitment, run.tests_made)
    controls = (*run.controls, *_balance(key))
    free = () if key.seed or "message" not in key.arrays else (FREE_FORM,)
    ruling = _ruled(key, statistic, run, controls, alpha)
    return Verdict(
        scheme=key.scheme,
        version=key.version,
        status=ruling.status,
        null_hypothesis=run.null_hypothesis,
        null_law=statistic.law,
        hits=statistic.hits,
        n=statistic.n,
        p=max(float(np.exp2(statistic.log2_p)), null.SMALLEST_P),
        log2_p=statistic.log2_p,
        alpha=key.alpha,
        threshold=statistic.threshold(alpha),
        threshold_level=statistic.level(alpha),
        floor=statistic.floor,
        power=statistic.power(alpha, run.agreement),
        agreement=run.agreement,
        tests_made=run.tests_made,
        registered=run.commitment.registered if run.commitment else None,
        undefined=statistic.undefined,
        queries=run.queries,
        controls=controls,
        seeds=run.seeds,
        assumptions=(*run.assumptions, *free),
        notes=run.notes,
        key_digest=key.digest(),
        commitment=run.commitment.digest if run.commitment else None,
        model_digest=run.model_digest,
        reason=ruling.reason,
        remedy=ruling.remedy,
    )


def silent(key: Key, run: Run, why: str) -> Verdict:
    """The verdict where nothing could be read at all; `why` is `reason; remedy`."""
    reason, _, remedy = why.partition("; ")
    none = Control("every control", None, detail="the model gave no scores to test")
    found = decide(key, null.Tally(0, 0), replace(run, controls=(none,)))
    if found.status == "uncommitted":
        return found
    return replace(found, status="inconclusive", reason=reason, remedy=remedy)


def _ruled(
    key: Key, statistic: Statistic, run: Run, controls: Sequence[Control], alpha: float
) -> Ruling:
    objection = (
        run.commitment.objection(key, run.released)
        if run.commitment
        else "No commitment was shown: a key fitted afterwards matches any model."
    )
    if objection:
        return Ruling("uncommitted", f"{objection} {NO_VALUE}", COMMIT)
    failed = [control.name for control in controls if control.passed is False]
    if failed:
        return Ruling(
            "control_failed",
            f"What must not match does: {', '.join(failed)}.",
            "Look for a fault in the layout, the answers or the key before trusting any match.",
        )
    if statistic.floor < alpha and all(control.passed is None for control in run.controls):
        return Ruling("control_failed", "No control was run.", "Run the verifier's controls.")
    if np.exp2(statistic.log2_p) < alpha and statistic.floor < alpha:
        return Ruling("detected", "The model agrees with the committed key beyond chance.")
    return _not_found(statistic, run, alpha)


def _not_found(statistic: Statistic, run: Run, alpha: float) -> Ruling:
    if run.signal:
        return Ruling("inconclusive", run.signal, run.remedy)
    power = statistic.power(alpha, run.agreement)
    if power is not None and power >= POWER:
        return Ruling(
            "not_detected",
            "The mark was not found; that does not show that the model is independent.",
        )
    enough = statistic.enough(alpha, run.agreement)
    if statistic.undefined:
        return Ruling(
            "inconclusive",
            f"{statistic.undefined} of {statistic.n + statistic.undefined} are undefined, and the "
            f"{statistic.n} left are too few: {enough}.",
            run.remedy or "Ask for finer answers, a larger step or more inputs.",
        )
    if statistic.floor >= alpha:
        return Ruling(
            "inconclusive",
            f"Even a full match gives p = {statistic.floor:.2g}, not below {alpha:.2g}: {enough}.",
            "Use a longer key.",
        )
    if power is None:
        return Ruling(
            "inconclusive",
            "Nothing was found, and how often this test finds a mark is not known.",
            "Use a scheme whose power is known: a mark embedded with a key.",
        )
    return Ruling(
        "inconclusive",
        f"The test finds a mark with {run.agreement:g} agreement with power {power:.2f} only, "
        f"less than {POWER}: {enough}.",
        "Use a longer key, or a level committed beforehand that it can reach.",
    )


def _balance(key: Key) -> tuple[Control, ...]:
    message = key.arrays.get("message")
    if message is None:
        return ()
    ones, n = int(message.sum()), len(message)
    fewest = n / 4 if n >= null.BALANCED_FROM else 1
    detail = f"fails with fewer than {fewest:g} ones or zeros"
    return (
        Control("message balance", null.balanced(message), ones, n, n / 2, fewest, detail=detail),
    )
