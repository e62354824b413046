"""The Green Algorithms estimate from declared hardware: a cross-check, of class modelled.

kWh = hours · PUE · (cores·W·use + GPUs·W·use + GB·0.3725) · repeats / 1000
(Lannelongue, Grealey and Inouye 2021; Green Algorithms 30df2fe, data CC BY 4.0). The RAM term is
contested: a metered machine drew under 1.5 W for 64 GB more, where the formula adds 24 W. It stands
apart.
"""

from dataclasses import dataclass
from math import fsum, isfinite

from trl4ml.energy.errors import Refused

WATTS_PER_GB = 0.3725
PUE = {"unknown": 1.56, "paper of 2021": 1.67, "GCP": 1.12, "AWS": 1.2, "Azure": 1.12}


@dataclass(frozen=True)
class Estimate:
    """kWh of each part before PUE, and of all with it."""

    cpu_kwh: float
    gpu_kwh: float
    ram_kwh: float
    pue: float
    kwh: float

    def grams(self, intensity: float) -> float:
        """Grams of CO2e at so many g/kWh."""
        if not intensity > 0:
            raise Refused(f"an intensity lies above 0 g/kWh, not at {intensity:g}")
        return self.kwh * intensity


def estimate(
    hours: float,
    *,
    cores: float = 0,
    watts_per_core: float = 0,
    core_use: float = 1,
    gpus: float = 0,
    watts_per_gpu: float = 0,
    gpu_use: float = 1,
    memory_gb: float = 0,
    pue: float = PUE["unknown"],
    repeats: float = 1,
) -> Estimate:
    """The energy of declared hardware; `use` is a share from 0 to 1, `repeats` the number of runs.

    An unknown PUE is 1.56, the mean of 2024.
    """
    given = (hours, cores, watts_per_core, gpus, watts_per_gpu, memory_gb, pue, repeats)
    if not all(isfinite(value) and value >= 0 for value in given) or hours == 0 or repeats < 1:
        raise Refused("hours lie above 0, repeats at 1 or more, and no number of hardware below 0")
    if not (0 <= core_use <= 1 and 0 <= gpu_use <= 1):
        raise Refused("a use is a share from 0 to 1: write 0.5 for 50 %")
    if pue < 1:
        raise Refused(f"a PUE is 1 or more, not {pue:g}")
    scale = hours * repeats / 1000
    cpu, gpu = cores * watts_per_core * core_use, gpus * watts_per_gpu * gpu_use
    ram = memory_gb * WATTS_PER_GB
    if not cpu + gpu + ram:
        raise Refused("no hardware is declared: give cores, GPUs or memory")
    kwh = fsum((cpu, gpu, ram)) * scale * pue
    return Estimate(cpu * scale, gpu * scale, ram * scale, pue, kwh)
