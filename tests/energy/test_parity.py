"""Beside the real codecarbon: the same power, energy and intensity, with every socket blocked."""

import csv
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import codecarbon
import pytest

from tests.energy.test_rapl import lay
from trl4ml.energy import intensity, rapl
from trl4ml.energy.factors import located
from trl4ml.energy.memory import watts
from trl4ml.energy.processor import Chip, Processor, tdp_of
from trl4ml.energy.tracking import track


@pytest.fixture(autouse=True)
def _offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def blocked(*_: object, **__: object) -> None:
        raise AssertionError("a socket was opened")

    for name in ("socket", "create_connection", "getaddrinfo"):
        monkeypatch.setattr(socket, name, blocked)
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def table() -> dict[str, float]:
    found: dict[str, float] = {}
    with (intensity.data() / "hardware" / "cpu_power.csv").open(newline="") as rows:
        for row in csv.DictReader(rows):
            if row["TDP"].replace(".", "", 1).isdigit():
                found.setdefault(row["Name"], float(row["TDP"]))
    return found


def test_every_country_has_codecarbons_intensity() -> None:
    emissions = peer_emissions()
    for code, factor in intensity.countries().items():
        assert grams(emissions, code) == pytest.approx(factor.value, rel=1e-12), code


@pytest.mark.parametrize("country", ["USA", "CAN", "CHN", "SWE", "NOR", "FIN"])
def test_every_region_has_codecarbons_intensity(country: str) -> None:
    emissions = peer_emissions()
    regions = intensity.regions(country)
    assert len(regions) == {"USA": 51, "CAN": 13, "CHN": 30, "SWE": 4, "NOR": 5, "FIN": 1}[country]
    for region in regions:
        expected = grams(emissions, country, region.names[0])
        assert located(country, region.names[0]).value == pytest.approx(expected, rel=1e-12), region


def test_what_codecarbon_replaces_in_silence_we_refuse() -> None:
    emissions = peer_emissions()
    assert grams(emissions, "XXX") == pytest.approx(475)
    assert grams(emissions, "USA", "californa") == grams(emissions, "USA")
    for place in (("XXX",), ("USA", "californa")):
        with pytest.raises(ValueError, match="unknown"):
            located(*place)


def test_memory_draws_what_codecarbon_says() -> None:
    from codecarbon.external.ram import RAM

    ram = RAM()
    for arm in (False, True):
        ram.is_arm_cpu = arm
        for gigabytes in (0.5, 1, 2, 3, 4, 7.7, 8, 16, 16.5, 23.5, 32, 33, 64, 65, 128, 129, 255,
                          256, 384, 512, 1000, 1024, 1025, 1536, 2048, 4096, 6144, 10_000):  # fmt: skip
            expected = ram._calculate_ram_power(gigabytes)
            assert watts(gigabytes, arm=arm) == pytest.approx(expected), gigabytes


def test_a_processor_draws_what_codecarbon_says_at_every_load() -> None:
    from codecarbon.external.hardware import CPU

    cpu: Any = CPU(".", "cpu_load", "a", 125)
    for percent in (0.0, 1.0, 12.5, 50.0, 99.0, 100.0):
        cpu._cpu_load_meter.percent = lambda percent=percent: percent
        expected = cpu._get_power_from_cpu_load().W
        moments = iter([_times(0.0, 0.0), _times(percent, 100 - percent)])
        meter = Processor(lambda moments=moments: next(moments), lambda: Chip("a", 4, 125.0, ""))  # type: ignore[misc]
        meter.sample(0.0)
        meter.sample(3600.0)
        part = meter.part()
        assert part.kwh is not None
        assert part.kwh.value * 1000 == pytest.approx(expected)


def test_processors_are_matched_as_codecarbon_matches_them(table: dict[str, float]) -> None:
    import pandas as pd
    from codecarbon.core.cpu import TDP

    rows = pd.DataFrame({"Name": list(table), "TDP": list(table.values())})
    tdp = TDP.__new__(TDP)
    names = list(table)[::167]
    seen = [
        *names, *(f"{name} 8-Core Processor" for name in names),
        *(name.replace("Intel ", "Intel(R) ") + " CPU @ 2.50GHz" for name in names),
        "AMD EPYC", "Intel(R) Xeon(R) Platinum 8259CL CPU @ 2.50GHz", "Apple M1 Pro",
        "AMD Ryzen 9 7950X 16-Core Processor", "Intel(R) Core(TM) i7-8550U CPU @ 1.80GHz",
        "13th Gen Intel(R) Core(TM) i9-13900K", "AMD EPYC 7742 64-Core Processor", "QEMU Virtual CPU version 2.5+",
    ]  # fmt: skip
    for model in seen:
        match = tdp._get_matching_cpu(model, rows)
        expected = table[match] if match else None
        assert tdp_of(model, table) == expected, model


TREES: dict[str, list[tuple[str, str, int, int]]] = {
    "one package": [("intel-rapl:0", "package-0", 100, 36_000_100)],
    "package, core, dram and psys": [
        ("intel-rapl:0", "package-0", 100, 10_000_100), ("intel-rapl:0:0", "core", 100, 7_000_100),
        ("intel-rapl:1", "psys", 100, 25_000_100), ("intel-rapl:2", "dram", 100, 3_000_100),
    ],
    "psys alone": [("intel-rapl:1", "psys", 100, 25_000_100)],
    "two sockets": [("intel-rapl:0", "package-0", 100, 10_000_100), ("intel-rapl:1", "package-1", 9_000_000, 29_000_000)],
    "mirrored dies": [("intel-rapl:0", "package-0-die-0", 900_000_000, 910_000_000), ("intel-rapl:1", "package-0-die-1", 900_300_000, 910_400_000)],
    "two interfaces": [("intel-rapl:0", "package-0", 100, 9_000_100), ("intel-rapl-mmio:0", "package-0", 500, 10_000_500)],
    "a wrap": [("intel-rapl:0", "package-0", 262_143_000_000, 1_000_000)],
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(TREES))
def test_counters_are_read_as_codecarbon_reads_them(name: str, tmp_path: Path) -> None:
    from codecarbon.core import cpu
    from codecarbon.core.units import Time

    reader: Any = cpu.IntelRAPL

    base = tmp_path / "class" / "powercap"
    paths = [lay(base, f"{d.partition(':')[0]}/{d}", n, a) for d, n, a, _ in TREES[name]]
    peer = reader(rapl_dir=str(base / "intel-rapl"))
    peer.start()
    meter = rapl.found(base)[0]
    meter.sample(0.0)
    for path, (_, _, _, after) in zip(paths, TREES[name], strict=True):
        path.write_text(str(after))
    meter.sample(1.0)
    details = peer.get_cpu_details(Time.from_seconds(1.0))
    expected = sum(kwh for key, kwh in details.items() if "Energy" in key)
    part = meter.part()
    assert part.kwh is not None
    assert part.kwh.value == pytest.approx(expected, rel=1e-6), "codecarbon has 2.77778e-7 kWh/J"
    assert expected > 0


@pytest.mark.slow
def test_side_by_side_on_this_machine_both_say_the_same() -> None:
    peer = codecarbon.OfflineEmissionsTracker(
        country_iso_code="FRA", measure_power_secs=1, output_methods=[], log_level="error",
        allow_multiple_runs=True, pue=1, tracking_mode="machine", gpu_ids=[],
    )  # fmt: skip
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(os.cpu_count() or 1)]  # fmt: skip
    try:
        peer.start()
        with track("FRA", output=None) as ours:
            time.sleep(3)
        peer.stop()
    finally:
        for one in busy:
            one.kill()
            one.wait()
    theirs, record = peer.final_emissions_data, ours.record
    assert record is not None
    assert record.duration_s is not None
    got = {part.name: part.kwh.value / record.duration_s for part in record.parts if part.kwh}
    assert got["ram"] == pytest.approx(theirs.ram_energy / theirs.duration, rel=0.05)
    assert got["cpu"] == pytest.approx(theirs.cpu_energy / theirs.duration, rel=0.1)
    assert record.carbon is not None
    assert record.energy is not None
    ratio = theirs.emissions / theirs.energy_consumed * 1000
    assert record.carbon.value / record.energy.value == pytest.approx(ratio)


@pytest.mark.slow
def test_we_start_in_less_than_half_the_time_of_codecarbon() -> None:
    ours = "from trl4ml.energy import track\nwith track('FRA', output=None): pass"
    peer = "from codecarbon import OfflineEmissionsTracker as T\nt = T(country_iso_code='FRA', output_methods=[], log_level='error')\nt.start(); t.stop()"
    taken = {}
    for name, code in (("ours", ours), ("peer", peer)):
        begun = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
        taken[name] = time.perf_counter() - begun
    assert taken["ours"] < taken["peer"] / 2


def _times(busy: float, idle: float) -> Any:
    from tests.energy.test_modelled import Times

    return Times(busy, idle)


def peer_emissions() -> Any:
    from codecarbon import input as tables
    from codecarbon.core.emissions import Emissions

    source: Any = tables.DataSource
    return Emissions(source())


def grams(emissions: Any, country: str, region: str | None = None) -> float:
    from codecarbon.core.units import Energy
    from codecarbon.external.geography import GeoMetadata

    geo = GeoMetadata(country_iso_code=country, country_name=country, region=region)
    return float(emissions.get_private_infra_emissions(Energy.from_energy(1.0), geo)) * 1000
