"""The record: one text for one record, its units in its keys, and each way it can be wrong."""

import json
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trl4ml.energy import band
from trl4ml.energy.errors import Refused
from trl4ml.energy.factors import country
from trl4ml.energy.record import (
    Band,
    Boundary,
    EnergyRecord,
    Exit,
    Factor,
    Part,
    Prediction,
    Pue,
    Zones,
    factor_set,
    read,
    to_json,
    weakest,
)

CPU = Part("cpu", Band(0.7, 0.665, 0.735), "counter", "RAPL package-0")
RAM = Part("ram", Band(0.1, 0.05, 0.33), "modelled", "10 W for 8 GB, whatever it does")
FULL = EnergyRecord(
    "trl4ml 0.1.0", "training", Band(1.1, 0.925, 1.499), "modelled", (CPU, RAM),
    boundary=Boundary("facility"), pue=Pue(1.2, "declared", True), factor=country("FRA"),
    factor_set=factor_set([country("FRA")]), carbon=Band(61.6, 40.9, 84.0),
    range_over_zones=Zones("LSO", 20.0, "TKM", 1306.0, 212, "a table"),
    start="2026-11-21T16:16:54Z", end="2026-11-21T17:16:54Z", duration_s=3600.0, sampling_s=1.0,
    observed=0.99, command=("python", "train.py"), exit=Exit(code=0), project="triage",
    hardware={"cpu_model": "x", "cpu_count": 2, "ram_gb": 8.0}, outputs={"model.bin": "ab" * 32},
    predicted=Prediction(20, 3, 1, 0.95, Band(1.0, 0.9, 1.2), Band(3500.0), actual_kwh=1.1, error=-0.09, inside=True),
    notes=("one", "two"),
)  # fmt: skip


def altered(**to: Any) -> str:
    return json.dumps(json.loads(to_json(FULL)) | to)


def test_a_record_is_read_back_as_it_was_written() -> None:
    assert read(to_json(FULL), "a.json") == FULL


@given(
    st.floats(0, 1e9), st.floats(0, 1), st.floats(1, 9), st.text(), st.dictionaries(st.text(), st.text())
)  # fmt: skip
def test_whatever_is_in_a_record_comes_back(
    kwh: float, less: float, more: float, word: str, outputs: dict[str, str]
) -> None:
    energy = Band(kwh, kwh * less, kwh * more)
    one = EnergyRecord(word, word, energy, "declared", notes=(word,), outputs=outputs)
    assert read(to_json(one), "a.json") == one
    assert to_json(read(to_json(one), "a.json")) == to_json(one)


def test_keys_carry_their_units() -> None:
    data = json.loads(to_json(FULL))
    assert next(iter(data)) == "schema"
    assert data["energy_kwh"]["value"] == 1.1
    assert data["carbon_g"]["value"] == 61.6
    assert data["factor"]["value_g_per_kwh"] == 56.039
    assert data["parts"][0]["energy_kwh"]["upper"] == 0.735
    assert data["parts"][0]["class"] == "counter"
    assert data["range_over_zones"]["lowest_zone"] == "LSO"
    assert data["predicted"]["duration_s"] == {"value": 3500.0, "lower": None, "upper": None}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "a.json:1:1: not JSON: Expecting value"),
        ('{"schema": 1,\n"tool" 2}', "a.json:2:8: not JSON: Expecting ':' delimiter"),
        ("[]", "a.json: not an energy record: it has no 'schema'; trl4ml track writes them"),
        ('{"schema": 2}', "a.json: schema 2 is not 1, the one this trl4ml reads"),
        ('{"schema": 1}', "a.json: tool: missing"),
        ('{"schema": 1, "schema": 1}', "a.json: not an energy record: the key 'schema' stands twice"),
        ('{"schema": NaN}', "a.json: not an energy record: NaN is not a number"),
        ("[" * 100_000, "a.json: not an energy record: nested too deeply"),
        ('{"schema": ' + "9" * 5000 + "}", "a.json: not an energy record: Exceeds the limit"),
        (altered(energy_kwh="1 kWh"), "a.json: energy_kwh: should be an object, not '1 kWh'"),
        (altered(energy_kwh={"value": True}), "a.json: energy_kwh.value: should be a number, not True"),
        (altered(energy_kwh={"value": 1, "lower": 2, "upper": 3}), "a.json: energy_kwh: 1.0 is not between 2.0 and 3.0"),
        (altered(energy_kwh={"value": 1, "lower": 0}), "a.json: energy_kwh: a band has both ends or none"),
        (altered(energy_kwh={"value": -1}), "a.json: energy_kwh is negative: -1.0"),
        (altered(carbon_g={"value": -1}), "a.json: carbon_g is negative: -1.0"),
        (altered(duration_s=-1.0), "a.json: duration_s is negative: -1.0"),
        (altered(duration_s=1e999), "a.json: not an energy record: Infinity is not a number"),
        (altered(duration_s=10**400), "a.json: duration_s: should be a number, not 1000000000000000000000000000000000000..."),
        (altered(observed=1.5), "a.json: observed is a share between 0 and 1, not 1.5"),
        (altered(pue={"value": 0.5}), "a.json: pue: at least 1 by definition, not 0.5"),
        (altered(**{"class": "metered"}), "a.json: class is 'metered', and the parts have 'modelled'"),
        (altered(**{"class": "guessed"}), "a.json: class: 'guessed' is none of metered, counter, modelled, declared"),
        (altered(parts={}), "a.json: parts: should be a list, not an object"),
        (altered(parts=[{"name": "fan"}]), "a.json: parts[0].name: 'fan' is none of cpu, gpu, ram, other"),
        (altered(notes=[None]), "a.json: notes[0]: should be text, not null"),
        (altered(hardware={"a": []}), "a.json: hardware.a: should be text or a whole number or a number, not a list"),
        (altered(outputs=[]), "a.json: outputs: should be an object, not a list"),
        (altered(emissions=1), "a.json: emissions: unknown key"),
        (altered(notes=["\ud800"]), "a.json: notes[0]: '\\ud800' holds half a character (a lone surrogate)"),
        (altered(outputs={"\ud800": "x"}), "a.json: outputs: '\\ud800' holds half a character"),
        (altered(energy_kwh={"value": 1.0, "lower": -1.0, "upper": 2.0}), "a.json: a band of energy or carbon is negative: 1.0 from -1.0"),
        (altered(energy_kwh={"value": 1.0}), "a.json: the energy has no band, as is only for what is declared; it is 'modelled'"),
        (altered(parts=[{"name": "cpu", "energy_kwh": {"value": -1.0}, "class": "modelled", "source": "x"}]), "a.json: a band of energy or carbon is negative: -1.0"),
    ],
)  # fmt: skip
def test_what_is_no_record_is_refused_with_its_place(text: str, says: str) -> None:
    with pytest.raises(Refused) as refused:
        read(text, "a.json")
    assert str(refused.value).startswith(says)
    assert "\n" not in str(refused.value)


def test_a_band_of_what_is_no_number_is_refused() -> None:
    for value in (float("nan"), float("inf")):
        with pytest.raises(Refused, match="finite"):
            Band(value)


def test_the_whole_has_the_weakest_class_of_its_parts() -> None:
    assert weakest(["metered", "counter"]) == "counter"
    assert weakest(["modelled", "counter"]) == "modelled"
    assert weakest([]) == "declared"


def test_the_digest_of_factors_is_of_their_canonical_json_and_of_no_order() -> None:
    few = Factor("a", 1.0, 1.0, 1.0, "FRA", "average", "location", "production", "CO2e", "2023", "s", "v", "l")  # fmt: skip
    text = (
        b'[{"basis":"location","fallback":"","gases":"CO2e","id":"a","kind":"average","licence":"l",'
        b'"lower_g_per_kwh":1,"period":"2023","scope":"production","source":"s",'
        b'"upper_g_per_kwh":1,"value_g_per_kwh":1,"version":"v","zone":"FRA"}]'
    )
    assert factor_set([few]) == sha256(text).hexdigest()
    assert factor_set([few, country("FRA")]) == factor_set([country("FRA"), few])
    assert factor_set([]) == ""


@pytest.mark.parametrize(
    ("class_", "value", "lower", "upper"),
    [
        ("metered", 10, 9.5, 10.5),
        ("counter", 14.285714285714286, 12.5, 16.7),
        ("modelled", 10, 5, 33),
        ("declared", 10, None, None),
    ],
)
def test_a_reading_has_the_band_of_its_class_at_the_wall(
    class_: Any, value: float, lower: float | None, upper: float | None
) -> None:
    got = band.of_class(10.0, class_)
    assert got.value == pytest.approx(value)
    if lower is None:
        assert (got.lower, got.upper) == (None, None)
    else:
        assert [got.lower, got.upper] == pytest.approx([lower, upper])


def test_a_counter_is_within_five_per_cent_of_its_device() -> None:
    assert band.of_device(10.0, "counter") == Band(10.0, 9.5, 10.5)
    assert band.of_device(10.0, "modelled") == Band(10.0, 5.0, 33.0)


def test_bands_are_added_and_multiplied_end_by_end() -> None:
    assert band.total([Band(1, 0.5, 2), Band(2, 1, 3)]) == Band(3, 1.5, 5)
    assert band.total([Band(1, 0.5, 2), Band(2)]) == Band(3)
    assert band.product(Band(2, 1, 3), 10, 9, 12) == Band(20, 9, 36)
    assert band.product(Band(2), 10, 9, 12) == Band(20)
    assert band.carbon(Band(1, 0.5, 2), country("FRA")) == Band(56.039, 22.09, 112.078)
