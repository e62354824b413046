"""`trl4ml energy sci`: the score of a record with all that has to be disclosed, or a refusal."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.test_energy_command import FRANCE, NOWHERE, TRAINING, energy, kept
from trl4ml.energy.record import Boundary, EnergyRecord

RUN = replace(TRAINING, parts=TRAINING.parts[:2])
GIVEN = ("--embodied-g", "1e6", "--unit", "request", "--units", "1000")


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_one_hour_of_a_server_of_1000_kg_over_four_years() -> None:
    """28.5388 g are embodied, as in the text of the standard; 112 g are of 2 kWh in France."""
    code, out, err = energy("sci", kept("a.json", RUN), *GIVEN, "--format", "json")
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert found["embodied_g"] == pytest.approx(28.5388, abs=5e-5)
    assert found["operational_g"] == {"value": 112.0, "lower": 50.0, "upper": 396.0}
    assert found["score_g_per_unit"]["value"] == pytest.approx((112 + 28.5388) / 1000, abs=5e-8)
    assert found["score_g_per_unit"]["upper"] == pytest.approx((396 + 28.5388) / 1000, abs=5e-8)
    assert (found["unit"], found["units"], found["class"]) == ("request", 1000.0, "modelled")
    assert found["boundary"] == "facility, whole machine, PUE 1.2"
    assert found["method"] == "ISO/IEC 21031:2024"
    assert len(found["factor_set_sha256"]) == 64


def test_in_words_each_number_has_its_unit() -> None:
    _, out, _ = energy("sci", kept("a.json", RUN), *GIVEN)
    assert out.splitlines()[:4] == [
        "SCI: 141 mg CO2e [78.5, 425] for one request of 1000, modelled",
        "operational: 112 g CO2e [50, 396] by FRA@2023 (56 g/kWh)",
        "embodied: 28.5 g CO2e, its share of the hardware",
        "boundary: facility, whole machine, PUE 1.2",
    ]


def test_units_hours_and_place_may_come_from_either_side() -> None:
    one = replace(NOWHERE, finished=True, unit="token", units=10.0, duration_s=None)
    path = kept("a.json", one)
    given = ("--embodied-g", "1e6", "--reserved-h", "1", "--location", "FRA", "--format", "json")
    found = json.loads(energy("sci", path, *given)[1])
    assert (found["unit"], found["units"], found["factor"]) == ("token", 10.0, "FRA@2023")
    half = json.loads(energy("sci", path, *given, "--reserved", "8", "--resources", "16")[1])
    assert half["embodied_g"] == found["embodied_g"] / 2


@pytest.mark.parametrize(
    ("one", "given", "says"),
    [
        (RUN, GIVEN[2:], "without embodied emissions this is no SCI"),
        (RUN, GIVEN[:2], "it does not say of how many of what it is; give --unit and --units"),
        (RUN, (*GIVEN[:5], "0"), "the number of functional units lies above 0, not at 0"),
        (RUN, (*GIVEN[:5], "nan"), "the number of functional units lies above 0, not at nan"),
        (RUN, ("--embodied-g", "inf", *GIVEN[2:]), "each of the five numbers"),
        (RUN, (*GIVEN, "--region", "SE1"), "--region SE1: lies in a country"),
        (TRAINING, GIVEN, "gpu is not in the energy: no driver"),
        (replace(RUN, finished=False), GIVEN, "the run was never closed"),
        (replace(RUN, energy=None), GIVEN, "the energy is not known"),
        (replace(RUN, duration_s=None), GIVEN, "the record holds no duration; give --reserved-h"),
        (replace(NOWHERE, finished=True), GIVEN, "an SCI needs the intensity of a place"),
        (
            replace(RUN, boundary=Boundary("node", "process")), GIVEN,
            "an SCI counts everything that was reserved, and this is the energy of a process",
        ),
        (
            replace(RUN, factor=replace(FRANCE, basis="market")), GIVEN,
            "an SCI takes a location-based intensity",
        ),
        (
            replace(RUN, factor=replace(FRANCE, fallback="the world's")), GIVEN,
            "the intensity is the world's; say where with --location",
        ),
    ],
)  # fmt: skip
def test_what_is_no_score_is_refused(one: EnergyRecord, given: tuple[str, ...], says: str) -> None:
    code, out, err = energy("sci", kept("a.json", one), *given)
    assert (code, out) == (2, "")
    assert err.startswith("trl4ml: energy/a.json: ")
    assert says in err
