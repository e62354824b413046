"""`trl4ml energy estimate`: from declared hardware, or from logged calls of language models."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from trl4ml.energy import equivalents, green_algorithms, llm_log
from trl4ml.energy.band import carbon, of_class
from trl4ml.energy.errors import Refused
from trl4ml.energy.factors import located
from trl4ml.energy.record import Band, Factor, factor_set
from trl4ml.errors import WrongInput
from trl4ml.load import disk

Row = dict[str, Any]


class Hardware(NamedTuple):
    """What is declared: hours, numbers, watts each, shares of use, GB, and how often it was run."""

    hours: float
    cores: float = 0
    watts_per_core: float = 0
    core_use: float = 1
    gpus: float = 0
    watts_per_gpu: float = 0
    gpu_use: float = 1
    memory_gb: float = 0
    pue: float = green_algorithms.PUE["unknown"]
    repeats: float = 1


def of_hardware(given: Hardware, location: str | None, region: str | None) -> Row:
    """The Green Algorithms estimate as plain data. Raises WrongInput."""
    try:
        found = green_algorithms.estimate(**given._asdict())
        factor = _factor(location, region)
    except Refused as refused:
        raise WrongInput(str(refused)) from None
    return {
        "method": "Green Algorithms", "class": "modelled", "pue": given.pue,
        "parts_kwh_before_pue": {"cpu": found.cpu_kwh, "gpu": found.gpu_kwh, "ram": found.ram_kwh},
        **_told(of_class(found.kwh, "modelled"), factor),
    }  # fmt: skip


def of_calls(calls: str, models: str, pue: float, location: str | None, region: str | None) -> Row:
    """Logged calls by the formula of EcoLogits, as plain data. Raises WrongInput."""
    try:
        logged = llm_log.read_calls(disk.read(Path(calls), calls), calls)
        known = llm_log.read_models(disk.read(Path(models), models), models)
        factor = _factor(location, region)
        intensity = factor.value if factor else None
        found = llm_log.cost_of(logged, known, calls, pue=pue, intensity=intensity)
    except Refused as refused:
        raise WrongInput(str(refused)) from None
    return {
        "method": "EcoLogits 0.11.3", "class": found.class_, "pue": pue,
        "calls": found.calls, "output_tokens": found.output_tokens,
        "kwh_by_model": {model: list(ends) for model, ends in found.by_model.items()},
        "embodied_g": list(found.embodied_g),
        **_told(found.energy, factor),
    }  # fmt: skip


def _factor(location: str | None, region: str | None) -> Factor | None:
    if location is None:
        if region is not None:
            raise Refused(f"--region {region}: lies in a country; name it with --location")
        return None
    return located(location, region)


def _told(energy: Band, factor: Factor | None) -> Row:
    grams = carbon(energy, factor) if factor else None
    return {
        "energy_kwh": _band(energy),
        "carbon_g": _band(grams) if grams else None,
        "kilometres_by_car_eu": equivalents.kilometres(grams.value) if grams else None,
        "factor": factor.id if factor else None,
        "factor_set_sha256": factor_set([factor] if factor else []),
    }


def _band(one: Band) -> Row:
    return {"value": one.value, "lower": one.lower, "upper": one.upper}


def text(found: Row) -> str:
    """The estimate in a few lines."""
    from trl4ml.render.energy import band
    from trl4ml.render.plain import printable

    lines = [f"{found['method']}, {found['class']}: {band(found['energy_kwh'], 'kWh')}, "
             f"PUE {found['pue']:g} included"]  # fmt: skip
    if found["carbon_g"]:
        far = f"{found['kilometres_by_car_eu']:.3g} km by car"
        lines.append(f"carbon: {band(found['carbon_g'], 'g CO2e')} by {found['factor']} ({far})")
    else:
        lines.append("carbon: not known; say where with --location")
    if "calls" in found:
        lines.append(f"{found['calls']} calls, {found['output_tokens']:g} output tokens")
        lines += [f"  {model}: {_ends(ends)} kWh" for model, ends in found["kwh_by_model"].items()]
        lines.append(f"embodied, not included: {_ends(found['embodied_g'])} g CO2e")
    else:
        parts = found["parts_kwh_before_pue"].items()
        lines.append(", ".join(f"{name} {kwh:.4g} kWh" for name, kwh in parts) + ", before PUE")
        lines.append("the RAM by the formula is contested: it may be far less")
    return "".join(f"{printable(line)}\n" for line in lines)


def _ends(ends: Sequence[float]) -> str:
    low, high = ends
    return f"{low:.3g}" if low == high else f"{low:.3g} to {high:.3g}"
