"""What one request and one token cost: a callable or an endpoint asked n times, under a meter.

    from trl4ml.energy.endpoint import endpoint
    from trl4ml.energy.inference import measure
    found = measure(endpoint("http://localhost:8000/v1/generate", body), tracker=track())

The meter stands on this machine, so an endpoint must run on it. Prompt and output tokens are kept
apart; energy per token counts output tokens. Without batch size and boundary two figures per token
do not compare.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Any

from trl4ml.energy.band import product
from trl4ml.energy.errors import Refused
from trl4ml.energy.record import Band, EnergyRecord
from trl4ml.energy.tracking import Tracker

JOULES_PER_KWH = 3.6e6
Tokens = tuple[int, int]


@dataclass(frozen=True)
class Inference:
    """Energy per request in kWh and per output token in J, with what they compare by."""

    record: EnergyRecord
    requests: int
    request_kwh: Band
    latency_s: float
    prompt_tokens: int | None
    output_tokens: int | None
    token_j: Band | None
    tokens_per_s: float | None
    undefined: str
    batch: int | None
    about: str


def measure(
    call: Callable[[], Any],
    *,
    tracker: Tracker,
    requests: int = 100,
    warm_up: int = 3,
    tokens: Callable[[Any], Tokens] | None = None,
    batch: int | None = None,
    about: str = "",
    clock: Callable[[], float] = time.perf_counter,
) -> Inference:
    """Calls `warm_up` times unmetered, then `requests` times under the tracker.

    `tokens` takes an answer and gives (prompt, output) tokens; `batch` is how many requests were
    served together; `about` names precision, serving software and version. The latency is the
    median in seconds. Raises Refused, and whatever the call raises.
    """
    if requests < 1 or warm_up < 0:
        raise Refused("a measurement needs at least 1 request, and no negative warm-up")
    for _ in range(warm_up):
        call()
    counted: list[Tokens] = []
    lasted = []
    with tracker:
        for _ in range(requests):
            begun = clock()
            answer = call()
            lasted.append(clock() - begun)
            if tokens is not None:
                counted.append(tokens(answer))
    return _found(tracker.record, lasted, counted, batch, about)


def _found(
    record: EnergyRecord | None,
    lasted: list[float],
    counted: list[Tokens],
    batch: int | None,
    about: str,
) -> Inference:
    requests = len(lasted)
    if record is None or (energy := record.energy) is None or not energy.value:
        raise Refused("no energy was read: ask more often, so that it lasts some seconds")
    per = 1 / requests
    prompt, output = (sum(pair[k] for pair in counted) if counted else None for k in (0, 1))
    each = JOULES_PER_KWH / output if output else 0.0
    return Inference(
        record=record,
        requests=requests,
        request_kwh=product(energy, per, per, per),
        latency_s=median(lasted),
        prompt_tokens=prompt,
        output_tokens=output,
        token_j=product(energy, each, each, each) if output else None,
        tokens_per_s=output / sum(lasted) if output and sum(lasted) else None,
        undefined="" if output else "no answer came with output tokens" if counted else NOT_COUNTED,
        batch=batch,
        about=about,
    )


NOT_COUNTED = "tokens were not counted; say how to read them from an answer"


def change(before: Inference, after: Inference) -> float:
    """(after − before)/before of J per output token: −0.4 is 40 % less. Raises Refused."""
    if before.token_j is None or after.token_j is None:
        raise Refused(f"no energy per token: {before.undefined or after.undefined}")
    if before.batch is None or after.batch is None:
        raise Refused("energy per token compares only with a batch size on both sides; state it")
    for name, one, other in (
        ("batch", before.batch, after.batch),
        ("boundary", before.record.boundary, after.record.boundary),
        ("class", before.record.class_, after.record.class_),
    ):
        if one != other:
            raise Refused(
                f"energy per token compares only at one {name}: {one} before, {other} now"
            )
    return (after.token_j.value - before.token_j.value) / before.token_j.value
