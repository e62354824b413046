"""The processor's counters, read from a made-up powercap tree."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from trl4ml.energy import rapl
from trl4ml.energy.errors import Refused
from trl4ml.energy.meters import of_this_machine
from trl4ml.energy.record import Part

RANGE_UJ = 262_143_328_850
NOBODY = 65_534


def lay(powercap: Path, folder: str, name: str, microjoules: int | str, top: int = RANGE_UJ) -> Path:  # fmt: skip
    """One domain: a folder with name, energy_uj and max_energy_range_uj, as Linux lays it out."""
    place = powercap / folder
    place.mkdir(parents=True, exist_ok=True)
    (place / "name").write_text(f"{name}\n")
    (place / "max_energy_range_uj").write_text(f"{top}\n")
    (place / "energy_uj").write_text(f"{microjoules}\n")
    return place / "energy_uj"


def drawn(powercap: Path, *steps: dict[Path, int | str]) -> list[Part]:
    """What the meters say after the counters have moved through the steps."""
    meters = rapl.found(powercap)
    for meter in meters:
        meter.sample(0.0)
    for step in steps:
        for path, value in step.items():
            path.write_text(f"{value}\n")
        for meter in meters:
            meter.sample(1.0)
    return [meter.part() for meter in meters]


def joules(part: Part) -> float:
    assert part.kwh is not None, part.undefined
    return part.kwh.value * 3_600_000


def test_joules_are_the_difference_of_two_readings(tmp_path: Path) -> None:
    package = lay(tmp_path, "intel-rapl:0", "package-0", 5_000_000)
    (part,) = drawn(tmp_path, {package: 41_000_000})
    assert joules(part) == pytest.approx(36.0)
    assert (part.name, part.class_, part.source) == ("cpu", "counter", "RAPL package-0")
    assert part.kwh and part.kwh.value == pytest.approx(1e-5)
    assert [part.kwh.lower, part.kwh.upper] == pytest.approx([0.95e-5, 1.05e-5])


def test_a_counter_that_wraps_goes_on_from_its_range(tmp_path: Path) -> None:
    package = lay(tmp_path, "intel-rapl:0", "package-0", RANGE_UJ - 1_000_000)
    (part,) = drawn(tmp_path, {package: 2_000_000}, {package: RANGE_UJ - 1}, {package: 4_000_000})
    assert joules(part) == pytest.approx((1 + RANGE_UJ / 1e6 + 4), rel=1e-9)


def test_a_package_holds_its_core_and_uncore_and_psys_holds_them_all(tmp_path: Path) -> None:
    moved = {
        lay(tmp_path, "intel-rapl:0", "package-0", 100): 10_000_100,
        lay(tmp_path, "intel-rapl:0:0", "core", 100): 7_000_100,
        lay(tmp_path, "intel-rapl:0:1", "uncore", 100): 2_000_100,
        lay(tmp_path, "intel-rapl:0:2", "dram", 100): 3_000_100,
        lay(tmp_path, "intel-rapl:1", "psys", 100): 25_000_100,
    }
    (part,) = drawn(tmp_path, dict(moved))
    assert joules(part) == pytest.approx(10.0)


def test_psys_counts_where_there_is_no_package(tmp_path: Path) -> None:
    psys = lay(tmp_path, "intel-rapl:1", "psys", 100)
    (part,) = drawn(tmp_path, {psys: 25_000_100})
    assert joules(part) == pytest.approx(25.0)
    assert part.source == "RAPL psys"


def test_two_sockets_are_added(tmp_path: Path) -> None:
    one = lay(tmp_path, "intel-rapl:0", "package-0", 100)
    two = lay(tmp_path, "intel-rapl:1", "package-1", 900_000_000)
    (part,) = drawn(tmp_path, {one: 10_000_100, two: 920_000_000})
    assert joules(part) == pytest.approx(30.0)
    assert part.source == "RAPL package-0 + package-1"


def test_dies_that_mirror_one_counter_are_counted_once(tmp_path: Path) -> None:
    one = lay(tmp_path, "intel-rapl:0", "package-0-die-0", 900_000_000)
    two = lay(tmp_path, "intel-rapl:1", "package-0-die-1", 900_300_000)
    (part,) = drawn(tmp_path, {one: 910_000_000, two: 910_400_000})
    assert joules(part) == pytest.approx(10.0)
    assert part.source == "RAPL package-0-die-0 (mirrored by package-0-die-1, not counted twice)"


def test_dies_that_start_alike_and_draw_differently_are_two(tmp_path: Path) -> None:
    one = lay(tmp_path, "intel-rapl:0", "package-0-die-0", 900_000_000)
    two = lay(tmp_path, "intel-rapl:1", "package-0-die-1", 900_300_000)
    (part,) = drawn(tmp_path, {one: 910_000_000, two: 960_300_000})
    assert joules(part) == pytest.approx(70.0)


def test_a_domain_that_two_interfaces_show_is_read_once(tmp_path: Path) -> None:
    msr = lay(tmp_path, "intel-rapl:0", "package-0", 100)
    mmio = lay(tmp_path, "intel-rapl-mmio:0", "package-0", 500)
    (part,) = drawn(tmp_path, {msr: 9_000_100, mmio: 10_000_500})
    assert joules(part) == pytest.approx(10.0)


def test_memory_with_a_domain_of_its_own_is_a_part_of_its_own(tmp_path: Path) -> None:
    package = lay(tmp_path, "intel-rapl:0", "package-0", 100)
    dram = lay(tmp_path, "intel-rapl:1", "dram", 100)
    cpu, ram = drawn(tmp_path, {package: 10_000_100, dram: 3_000_100})
    assert [joules(cpu), joules(ram)] == pytest.approx([10.0, 3.0])
    assert (ram.name, ram.class_, ram.source) == ("ram", "counter", "RAPL dram")


def test_the_tree_may_be_nested_and_linked_as_linux_does(tmp_path: Path) -> None:
    real, powercap = tmp_path / "devices", tmp_path / "class"
    package = lay(real, "intel-rapl/intel-rapl:0", "package-0", 100)
    lay(real, "intel-rapl/intel-rapl:0/intel-rapl:0:0", "core", 100)
    powercap.mkdir()
    (powercap / "intel-rapl").symlink_to(real / "intel-rapl")
    (powercap / "intel-rapl:0").symlink_to(real / "intel-rapl" / "intel-rapl:0")
    (powercap / "intel-rapl:0:0").symlink_to(real / "intel-rapl/intel-rapl:0/intel-rapl:0:0")
    (part,) = drawn(powercap, {package: 10_000_100})
    assert joules(part) == pytest.approx(10.0)


def test_a_counter_that_cannot_be_read_at_the_end_is_undefined_and_not_0(tmp_path: Path) -> None:
    package = lay(tmp_path, "intel-rapl:0", "package-0", 100)
    (part,) = drawn(tmp_path, {package: 10_000_100}, {package: "gone"})
    assert part.kwh is None
    assert part.undefined == f"{package} could not be read as a number"


def test_a_counter_that_can_be_read_again_has_lost_nothing(tmp_path: Path) -> None:
    package = lay(tmp_path, "intel-rapl:0", "package-0", 100)
    (part,) = drawn(tmp_path, {package: "gone"}, {package: 10_000_100})
    assert joules(part) == pytest.approx(10.0)


def test_a_counter_that_falls_without_a_known_range_is_undefined(tmp_path: Path) -> None:
    package = lay(tmp_path, "intel-rapl:0", "package-0", 9_000_000)
    top = package.with_name("max_energy_range_uj")
    top.unlink()
    (part,) = drawn(tmp_path, {package: 5_000_000})
    assert part.kwh is None
    assert part.undefined == f"{top} could not be read as a number"


def test_a_counter_that_falls_by_more_than_its_range_is_undefined(tmp_path: Path) -> None:
    package = lay(tmp_path, "intel-rapl:0", "package-0", 9_000_000, top=1_000_000)
    (part,) = drawn(tmp_path, {package: 5_000_000})
    assert (part.kwh, part.undefined) == (None, "package-0 went backwards by more than its range")


def test_a_machine_without_counters_has_no_meter_of_them(tmp_path: Path) -> None:
    assert rapl.found(tmp_path / "nowhere") == []
    assert rapl.found(tmp_path) == []


def test_counters_that_cannot_be_read_are_said_and_the_processor_is_modelled(
    tmp_path: Path,
) -> None:
    counter = lay(tmp_path, "intel-rapl:0", "package-0", "unreadable")
    meters = of_this_machine(tmp_path)
    meters.sample(0.0)
    assert [p.class_ for p in meters.parts() if p.name == "cpu"] == ["modelled"]
    assert meters.notes == (
        f"the processor has energy counters, but {counter} could not be read as a number; "
        "it is modelled",
    )


@contextmanager
def somebody() -> Iterator[None]:
    """Rights of a user who is not root, for whom file permissions hold."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(before)


def test_counters_without_permission_name_the_remedy() -> None:
    with TemporaryDirectory() as folder:
        powercap = Path(folder)
        powercap.chmod(0o755)
        counter = lay(powercap, "intel-rapl:0", "package-0", 100)
        counter.chmod(0)
        with somebody():
            with pytest.raises(Refused) as refused:
                rapl.found(powercap)
            meters = of_this_machine(powercap)
            meters.sample(0.0)
            classes = {part.name: part.class_ for part in meters.parts()}
    says = f"{counter} may not be read; an administrator can allow it: chmod a+r {counter}"
    assert str(refused.value) == says
    assert classes["cpu"] == "modelled"
    assert meters.notes == (f"the processor has energy counters, but {says}; it is modelled",)


def test_counters_replace_the_models_of_the_parts_that_they_measure(tmp_path: Path) -> None:
    lay(tmp_path, "intel-rapl:0", "package-0", 100)
    lay(tmp_path, "intel-rapl:1", "dram", 100)
    meters = of_this_machine(tmp_path)
    meters.sample(0.0)
    assert {(p.name, p.class_) for p in meters.parts()} == {("cpu", "counter"), ("ram", "counter")}


def test_a_counter_that_stands_still_is_undefined_and_not_0(tmp_path: Path) -> None:
    package = lay(tmp_path, "intel-rapl:0", "package-0", 5_000_000)
    (part,) = drawn(tmp_path, {package: 5_000_000})
    assert part.kwh is None
    assert part.undefined == (
        "the counter of package-0 stood still: too short a run, or none is behind it"
    )


def test_a_counter_that_was_reset_is_undefined_and_no_wrap(tmp_path: Path) -> None:
    package = lay(tmp_path, "intel-rapl:0", "package-0", 5_000_000)
    (part,) = drawn(tmp_path, {package: 6_000_000}, {package: 0}, {package: 1_000_000})
    assert part.kwh is None
    assert part.undefined.startswith("package-0 was reset: 26")
