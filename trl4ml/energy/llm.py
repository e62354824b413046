"""What a call of a language model costs, by the formula of EcoLogits 0.11.3: modelled, never measured.

A regression over the number of active parameters gives the energy of a GPU and the time for each
output token; the memory that all parameters need in 16 bit gives the number of 80 GB boards; a
server of eight is shared by a batch of 64 requests. Prompt tokens are not counted. Closed models
have ranges of parameters: low and high are carried through. Constants and formula:
`ecologits.impacts.llm` (Rincé and Banse 2025, MPL 2.0). Units: billions of parameters, kWh, g, L, s.
"""

import math
from dataclasses import dataclass

from trl4ml.energy.band import of_class
from trl4ml.energy.errors import Refused
from trl4ml.energy.record import Band

GPU_ALPHA, GPU_BETA, GPU_GAMMA = (
    1.1665273170451914e-06,
    -0.011205921025579175,
    4.052928146734005e-05,
)
TIME_ALPHA, TIME_BETA, TIME_GAMMA = (
    0.0006785088094353663,
    0.0003119310311688259,
    0.019473717579473387,
)
BATCH = 64
SERVER_KW, SERVER_GPUS, GPU_GB, BITS = 1.2, 8, 80, 16
SERVER_G, GPU_G = 5_700_000.0, 273_000.0
LIFESPAN_S = 3 * 365 * 24 * 3600
Ends = tuple[float, float]


@dataclass(frozen=True)
class Cost:
    """One call. `energy` has the PUE in it and the band of the class modelled; `kwh` is as EcoLogits.

    `kwh`, `usage_g`, `embodied_g` and `water_l` are the ends over the range of parameters (and PUE)
    alone. Usage is None without an intensity, water without both of its numbers.
    """

    energy: Band
    kwh: Ends
    usage_g: Ends | None
    embodied_g: Ends
    water_l: Ends | None
    latency_s: Ends
    gpus: tuple[int, int]
    pue: Ends
    class_: str = "modelled"


def gpu_kwh(active: float, tokens: float, batch: int = BATCH) -> float:
    """The energy of one GPU for all output tokens of a request."""
    return tokens * (GPU_ALPHA * math.exp(GPU_BETA * batch) * active + GPU_GAMMA) / 1000


def latency(
    active: float,
    tokens: float,
    measured_s: float = math.inf,
    batch: int = BATCH,
    tokens_per_s: float | None = None,
    first_token_s: float = 0.0,
) -> float:
    """Seconds of generation: what was measured, where the regression says more."""
    per_token = TIME_ALPHA * active + TIME_BETA * batch + TIME_GAMMA
    if tokens_per_s is not None:
        per_token = 1 / tokens_per_s
    return min(measured_s, tokens * per_token + first_token_s)


def gpus(total: float) -> int:
    """How many boards hold the model: a power of two."""
    return int(2 ** math.ceil(math.log2(math.ceil(1.2 * total * BITS / 8 / GPU_GB))))


def call(
    active: float | Ends,
    total: float | Ends,
    tokens: float,
    *,
    pue: float | Ends,
    measured_s: float = math.inf,
    tokens_per_s: float | None = None,
    first_token_s: float = 0.0,
    batch: int = BATCH,
    intensity: float | None = None,
    wue: float | None = None,
    mix_wue: float | None = None,
) -> Cost:
    """One call with so many output tokens.

    `active` and `total` are parameters in billions, a number or (low, high); `pue` likewise;
    `intensity` in g/kWh; `wue` of the data centre and `mix_wue` of the electricity in L/kWh.
    """
    actives, totals, pues = _ends(active), _ends(total), _ends(pue)
    _refuse(actives, totals, pues, tokens, measured_s, batch)
    times, it, made = [], [], []
    for one, all_ in zip(actives, totals, strict=True):
        boards = gpus(all_)
        seconds = latency(one, tokens, measured_s, batch, tokens_per_s, first_token_s)
        server = seconds / 3600 * SERVER_KW * (boards / SERVER_GPUS) / batch
        times.append(seconds)
        it.append(server + boards * gpu_kwh(one, tokens, batch))
        hardware = boards / SERVER_GPUS * SERVER_G + boards * GPU_G
        made.append(seconds * hardware / (LIFESPAN_S * batch))
    low, high = it[0] * pues[0], it[1] * pues[1]
    water = None
    if wue is not None and mix_wue is not None:
        water = (it[0] * (wue + pues[0] * mix_wue), it[1] * (wue + pues[1] * mix_wue))
    return Cost(
        energy=Band(
            (low + high) / 2, of_class(low, "modelled").lower, of_class(high, "modelled").upper
        ),
        kwh=(low, high),
        usage_g=None if intensity is None else (low * intensity, high * intensity),
        embodied_g=(made[0], made[1]),
        water_l=water,
        latency_s=(times[0], times[1]),
        gpus=(gpus(totals[0]), gpus(totals[1])),
        pue=pues,
    )


def wh_per_1000(joules_per_token: float) -> float:
    """Watt-hours for 1,000 tokens: J/token × 0.27778."""
    return joules_per_token * 1000 / 3600


def training_flops(parameters: float, tokens: float) -> float:
    """Of a dense transformer: 6 · parameters · tokens."""
    return 6 * parameters * tokens


def training_kwh(
    flops: float, peak_flops: float, utilisation: float, watts: float, pue: float
) -> float:
    """The energy of so many operations on boards of `watts` and `peak_flops` each: modelled."""
    if not (flops > 0 and peak_flops > 0 and 0 < utilisation <= 1 and watts > 0 and pue >= 1):
        raise Refused(
            "operations, peak and watts lie above 0, the utilisation is a share from 0 to 1, "
            "and the PUE is 1 or more"
        )
    return flops / (peak_flops * utilisation) / 3600 * watts / 1000 * pue


def _ends(value: float | Ends) -> Ends:
    return value if isinstance(value, tuple) else (value, value)


def _refuse(
    active: Ends, total: Ends, pue: Ends, tokens: float, measured_s: float, batch: int
) -> None:
    for name, (low, high) in (("active parameters", active), ("parameters", total), ("PUE", pue)):
        if not 0 < low <= high < math.inf:
            raise Refused(f"{name}: {low:g} to {high:g} is no range above 0; write low, then high")
    if active[0] > total[0] or active[1] > total[1]:
        raise Refused("a model has no more active parameters than parameters; both in billions")
    if total[1] > 1e5:
        raise Refused(f"{total[1]:g} billion parameters: give them in billions (7 for 7B)")
    if pue[0] < 1:
        raise Refused(f"a PUE is 1 or more, not {pue[0]:g}")
    if not (tokens > 0 and measured_s > 0 and batch >= 1):
        raise Refused("output tokens, latency and batch lie above 0")
