"""The factor of electricity whose sources are declared: of a site with a plant of its own, say.

Grams per kWh of each source as codecarbon's table has them (EPA, World Nuclear Association, IPCC).
"""

import json
import math
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Literal

from trl4ml.energy.errors import Refused
from trl4ml.energy.intensity import data, edition
from trl4ml.energy.record import Factor


def of(shares: Mapping[str, float], basis: Literal["location", "market"] = "location") -> Factor:
    """The factor of sources and their shares: {"coal": 0.25, "wind": 0.75}.

    `basis` is market where the mix is that of a contract, not of the wires. Raises Refused for an
    unknown source, and for shares that do not make 1.
    """
    known = sources()
    for name in shares:
        if name not in known:
            near = get_close_matches(name, known, 1)
            hint = f"did you mean '{near[0]}'?" if near else f"known are {', '.join(known)}"
            raise Refused(f"unknown source of electricity '{name}'; {hint}")
    whole = math.fsum(shares.values())
    if any(not share >= 0 for share in shares.values()) or abs(whole - 1) > 1e-3:
        raise Refused(f"the shares of a mix lie from 0 to 1 and make 1, not {whole:g}")
    value = math.fsum(share * known[name] for name, share in shares.items()) / whole
    told = ", ".join(f"{share:g} {name}" for name, share in sorted(shares.items()))
    return Factor(
        id=f"mix of {told}",
        value=value,
        lower=value,
        upper=value,
        zone="declared mix",
        kind="average",
        basis=basis,
        scope="lifecycle",
        gases="CO2e",
        period="not stated",
        source="carbon_intensity_per_source.json",
        version=edition(),
        licence="MIT",
    )


def sources() -> dict[str, float]:
    """Grams per kWh of each source of the table."""
    path = data() / "private_infra" / "carbon_intensity_per_source.json"
    held = json.loads(path.read_text(encoding="utf-8"))
    return {
        name: float(value)
        for name, value in sorted(held.items())
        if isinstance(value, int | float) and name != "world_average"
    }
