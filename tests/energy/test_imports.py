"""Figures of codecarbon, carbontracker and model cards: real files, and every way they lie."""

import csv
import io
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trl4ml.energy import huggingface as card
from trl4ml.energy import importing
from trl4ml.energy.errors import Refused
from trl4ml.energy.importing import huggingface
from trl4ml.energy.importing.table import FIRST
from trl4ml.energy.plausible import capacity
from trl4ml.energy.record import Band, read, to_json

HERE = Path(__file__).parent / "imports"
REAL = (HERE / "emissions-3.3.2.csv").read_text()
ROWS = list(csv.DictReader(io.StringIO(REAL)))
RUN = ROWS[1]
"""The last state of the first run of codecarbon 3.3.2 itself: France, 3 s, PUE 1."""
NAME = "emissions.csv"


def table(*rows: dict[str, str], columns: list[str] | None = None) -> str:
    written = io.StringIO()
    writer = csv.DictWriter(
        written, columns or list(RUN), extrasaction="ignore", lineterminator="\n"
    )
    writer.writeheader()
    writer.writerows(rows)
    return written.getvalue()


def refused(text: str, **more: str) -> str:
    with pytest.raises(Refused) as no:
        importing.read(text, NAME, **more)
    return str(no.value)


def test_the_runs_of_a_real_file() -> None:
    found = importing.read(REAL, NAME, activity="training")
    france = found.records[0]
    assert found.refused == ()
    assert (france.tool, france.activity, france.project) == (
        "codecarbon 3.3.2",
        "training",
        "digits",
    )
    assert france.energy is not None and france.energy.value == 2.321867876788851e-05
    assert (france.energy.lower, france.energy.upper) == pytest.approx(
        (0.5 * 2.321867876788851e-05, 3.3 * 2.321867876788851e-05)
    )
    assert france.carbon is not None
    assert france.carbon.value == pytest.approx(1.3011515394737044e-03)
    assert (france.class_, france.duration_s) == ("modelled", 3.001227666001796)
    assert (france.start, france.end) == ("2026-11-21T16:34:30", "2026-11-21T16:34:34")
    assert france.hardware == {
        "cpu_model": "AMD EPYC",
        "cpu_count": 2,
        "ram_gb": 23.540584564208984,
    }
    factors = [one.factor.value for one in found.records if one.factor]
    assert factors == pytest.approx([56.039, 3.937, 179.0642], abs=5e-4)
    assert [one.factor.zone for one in found.records if one.factor] == [
        "FRA", "CAN, quebec", "USA, california",
    ]  # fmt: skip


def test_states_of_one_run_are_not_added() -> None:
    first = importing.read(REAL, NAME).records[0]
    assert first.notes[0] == "earlier states of the same run, not added: 1"


def test_pue_is_in_the_numbers_once_and_the_parts_are_without_it() -> None:
    last = importing.read(REAL, NAME).records[2]
    assert (last.pue.value, last.pue.included, last.boundary.level) == (1.2, True, "facility")
    parts = {part.name: part.kwh.value for part in last.parts if part.kwh}
    assert last.energy is not None
    assert 1.2 * sum(parts.values()) == pytest.approx(last.energy.value)


def test_memory_that_was_guessed_is_said() -> None:
    assert "71% of the energy is the memory, guessed from its size" in (
        importing.read(REAL, NAME).records[0].notes
    )


def test_a_record_of_an_import_can_be_written_and_read() -> None:
    for one in importing.read(REAL, NAME).records:
        assert read(to_json(one), "r.json") == one


EDITIONS = {
    "2.0": list(FIRST),
    "2.3": [*FIRST, "codecarbon_version", "pue"],
    "2.8 and 3.0": [*FIRST, "experiment_id", "codecarbon_version", "pue"],
    "3.3": list(RUN),
    "in another order": sorted(RUN),
}


@pytest.mark.parametrize("edition", EDITIONS)
def test_the_columns_of_each_version_are_read(edition: str) -> None:
    text = table(RUN, columns=EDITIONS[edition])
    found = importing.read(text, NAME).records[0]
    assert found.energy is not None and found.energy.value == 2.321867876788851e-05
    assert importing.read("\ufeff" + text.replace("\n", "\r\n"), NAME).records == (found,)


def test_the_rate_in_grams_of_version_2_0_is_the_rate() -> None:
    rate = str(1000 * float(RUN["emissions_rate"]))
    assert importing.read(table(RUN | {"emissions_rate": rate}, columns=list(FIRST)), NAME).records


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        (["timestamp", "project_name", "duration", "emissions", "country_name"],
         "emissions.csv:1: the column 'run_id' of codecarbon 2 and 3 is missing; a file of "
         "codecarbon 1 has no energy of the parts: measure again"),
        ([*RUN, "gpu_joy"], "emissions.csv:1: unknown column 'gpu_joy'; the columns of codecarbon "
         "2.0 to 3.3 are known"),
        ([*RUN, "pue"], "emissions.csv:1: a column stands twice; the columns of codecarbon 2.0 to "
         "3.3 are known"),
        (["task_name", *FIRST], "emissions.csv:1: these are tasks, parts of a run; import its "
         "emissions.csv"),
    ],
)  # fmt: skip
def test_a_file_of_another_kind_is_refused(columns: list[str], says: str) -> None:
    assert refused(table(RUN, columns=columns)) == says


FAULTS: list[tuple[dict[str, str], str]] = [
    ({"cpu_energy": "-0.01"}, "cpu_energy is negative (-0.01): a counter was reset; measure this "
     "run again"),
    ({"duration": "-3"}, "the duration is negative: the clock went backwards; measure this run "
     "again"),
    ({"pue": "0.5"}, "pue is 0.5, and 1 is the least by definition; put it right"),
    ({"energy_consumed": "0.0"}, "0 kWh is no measurement: the run was shorter than the sampling "
     "period; sample faster"),
    ({"energy_consumed": "0.02321867876788851"}, "cpu, gpu and ram have 2.32187e-05 kWh, "
     "energy_consumed has 0.0232187: watt-hours among kilowatt-hours? Give all of them in kWh"),
    ({"energy_consumed": "1"}, "cpu, gpu and ram have 2.32187e-05 kWh, energy_consumed has 1: they "
     "do not add up; take the row as codecarbon wrote it"),
    ({"emissions": "0.0013011515394737044"}, "emissions/energy_consumed is 56039 g/kWh, more than "
     "any electricity has: grams among kilograms? Divide the emissions by 1000"),
    ({"emissions": "50"}, "emissions/energy_consumed is 2.15344e+09 g/kWh, more than any "
     "electricity has: take the row as codecarbon wrote it"),
    ({"emissions_rate": "1e-6"}, "emissions_rate times duration is 3.00123e-06 kg, and emissions "
     "are 1.30115e-06 kg: one of the three was changed; take the row as codecarbon wrote it"),
    ({"cpu_power": "nan"}, ""),
    ({"cpu_power": "inf"}, "cpu_power is 'inf', which is no number; leave it out"),
    ({"duration": "three"}, "duration is 'three', which is no number; leave it out"),
    ({"timestamp": "yesterday"}, "timestamp is 'yesterday', not a time like 2026-05-01T12:00:00; "
     "put it right"),
]  # fmt: skip


@pytest.mark.parametrize(("cells", "says"), FAULTS)
def test_a_row_that_contradicts_itself_is_refused(cells: dict[str, str], says: str) -> None:
    text = table(RUN | cells)
    if says:
        assert refused(text) == f"emissions.csv:2: {says}"
    else:
        assert importing.read(text, NAME).records


def test_energies_and_emissions_all_a_thousandfold_are_found_by_their_power() -> None:
    names = ("cpu_energy", "ram_energy", "energy_consumed", "emissions", "emissions_rate")
    slipped = RUN | {name: str(1000 * float(RUN[name])) for name in names}
    assert refused(table(slipped)) == (
        "emissions.csv:2: 27851 W on average by energy and duration, and 27.0993 W by the columns "
        "of power: a factor 1000 between them; watt-hours among kilowatt-hours, or milliseconds?"
    )


def test_where_powers_slipped_too_the_hardware_finds_it() -> None:
    names = ("cpu_energy", "ram_energy", "energy_consumed", "emissions", "emissions_rate",
             "cpu_power", "ram_power")  # fmt: skip
    slipped = RUN | {name: str(1000 * float(RUN[name])) for name in names}
    assert refused(table(slipped)).startswith(
        "emissions.csv:2: watt-hours in a kilowatt-hours field? 0.0232187 kWh imply 0.02322 kWh, "
    )


def test_what_can_be_believed_is_taken_and_the_rest_is_named() -> None:
    found = importing.read(table(RUN, RUN | {"cpu_energy": "-1"}, ROWS[5]), NAME)
    assert len(found.records) == 2
    assert found.refused == (
        "emissions.csv:3: cpu_energy is negative (-1): a counter was reset; measure this run again",
    )


def test_a_last_line_that_was_cut_off_is_left_out_and_named() -> None:
    whole = table(RUN, ROWS[5])
    for cut, says in [
        (whole[:-40], "emissions.csv:3: 32 of 38 fields: the row was cut off while it was written; "
         "delete it, or measure that run again"),
        (whole[:-1], "emissions.csv:3: the last line has no end: the row was cut off while it was "
         "written; delete it, or measure that run again"),
    ]:  # fmt: skip
        found = importing.read(cut, NAME)
        assert len(found.records) == 1
        assert found.refused == (says,)


@settings(max_examples=60)
@given(st.integers(0, len(REAL) - 1))
def test_however_it_is_cut_it_gives_records_or_one_sentence(end: int) -> None:
    try:
        found = importing.read(REAL[:end], NAME)
    except Refused as no:
        assert str(no).startswith("emissions.csv")
    else:
        whole = {one.energy for one in importing.read(REAL, NAME).records}
        assert found.records
        assert len(found.refused) <= 1 and len(found.records) <= len(whole)


QUEBEC = {"country_iso_code": "CAN", "region": "Quebec", "latitude": "46.8", "longitude": "-71.2"}


def test_the_silent_quebec_is_refused_unless_canada_was_declared() -> None:
    trapped = ROWS[3] | QUEBEC
    assert refused(table(trapped)) == (
        "emissions.csv:2: Canada, Quebec at 46.8, -71.2 is what codecarbon books when it finds no "
        "place: about 3.9 g/kWh, 120 times below the world; declare CAN if it ran there"
    )
    found = importing.read(table(trapped), NAME, declared="CAN").records[0]
    assert found.factor is not None and found.factor.value == pytest.approx(3.937, abs=5e-4)


def test_coordinates_are_left_out() -> None:
    text = table(ROWS[3] | QUEBEC | {"latitude": "45.5019", "longitude": "-73.5674"})
    found = importing.read(text, NAME).records[0]
    assert "coordinates were in the file, and are left out" in found.notes
    assert "45.5" not in to_json(found) and "73.5" not in to_json(found)


def test_a_country_other_than_the_declared_one_is_refused() -> None:
    assert refused(table(RUN), declared="DEU") == (
        "emissions.csv:2: it has the country FRA, and DEU was declared"
    )


def test_the_world_in_the_place_of_a_country_is_a_fallback() -> None:
    kg = 475 * float(RUN["energy_consumed"]) / 1000
    world = RUN | {"emissions": str(kg), "emissions_rate": str(kg / float(RUN["duration"]))}
    found = importing.read(table(world), NAME).records[0]
    assert found.factor is not None
    assert found.factor.fallback == "the world's value, where FRA was asked for"
    assert "the intensity is the world's: the place was not known" in found.notes


@pytest.mark.parametrize(
    "cells", [{"country_iso_code": ""}, {"emissions": "0", "emissions_rate": "0"}]
)
def test_without_a_country_or_an_intensity_there_is_no_carbon(cells: dict[str, str]) -> None:
    found = importing.read(table(RUN | cells), NAME).records[0]
    assert (found.carbon, found.factor, found.factor_set) == (None, None, "")
    assert "no carbon: the file has no country, or emissions of 0" in found.notes


def test_a_clock_that_went_backwards_within_a_run_is_refused() -> None:
    backwards = RUN | {"duration": "1.5", "emissions_rate": str(float(RUN["emissions"]) / 1.5)}
    assert refused(table(ROWS[0], backwards)) == (
        "emissions.csv:2: a longer duration than emissions.csv:3 of the same run, and less energy: "
        "the clock went backwards; measure this run again"
    )


def test_two_intensities_in_one_run_are_refused() -> None:
    moved = ROWS[0] | {key: str(2 * float(ROWS[0][key])) for key in ("emissions", "emissions_rate")}
    assert refused(table(moved, RUN)) == (
        "emissions.csv:2: 112.078 g/kWh, and 56.039 in emissions.csv:3 of the same run: two "
        "intensities in one run; measure it again at one place"
    )


def test_the_same_record_twice_is_named() -> None:
    once = importing.read(REAL, NAME).records
    assert importing.duplicates(once) == ()
    assert importing.duplicates([*once, once[1]]) == (
        "record 4 repeats record 2 (codecarbon 3.3.2, 2026-11-21T16:34:37): leave one of the two "
        "out of any sum",
    )


def test_a_file_without_runs_or_of_nothing_known_is_refused() -> None:
    assert refused(table()) == "emissions.csv: no run is in it; track one first"
    for text in ("", "hello", "a,b\n1,2\n"):
        assert refused(text) == (
            "emissions.csv: neither an emissions.csv of codecarbon nor a log of carbontracker; "
            "give one of them, or a model card"
        )


LOG = (HERE / "carbontracker.log").read_text()
TOTALS = (HERE / "carbontracker_output.log").read_text()


def test_the_totals_of_carbontracker_have_its_pue_in_them() -> None:
    found = importing.read(TOTALS, "o.log", activity="training").records[0]
    assert found.energy is not None and found.carbon is not None and found.factor is not None
    assert found.energy.value == 0.000062802105
    assert found.carbon.value == pytest.approx(0.027946936915, rel=1e-6)
    assert (found.pue.value, found.pue.included, found.class_) == (1.58, True, "modelled")
    assert found.parts[0].kwh is not None
    assert found.parts[0].kwh.value == pytest.approx(0.000062802105 / 1.58)
    assert found.parts[0].source == "carbontracker: CPU Intel Xeon"
    assert (found.duration_s, found.end) == (4.0, "2026-11-21T16:25:31")
    assert found.factor.fallback == "the world's: carbontracker found no place"
    assert found.notes == (
        "4 epochs",
        "the intensity is the world's: carbontracker found no place",
        "carbontracker had predicted 0.000062772491 kWh for 4 epochs",
    )


def test_the_epochs_of_carbontracker_have_no_pue_and_agree_with_its_totals() -> None:
    found = importing.read(LOG, "l.log").records[0]
    assert found.energy is not None
    assert found.energy.value == pytest.approx(32.5 * 4.4 / 3.6e6)
    assert found.energy.value * 1.58 == pytest.approx(0.000062802105, rel=2e-3)
    assert (found.pue.included, found.carbon) == (False, None)


def epochs(*told: tuple[str, str]) -> str:
    lines = ["2026-11-21 16:25:27 - carbontracker version 2.4.7"]
    for number, (lasted, power) in enumerate(told, 1):
        lines += [
            f"2026-11-21 16:25:28 - Epoch {number}:",
            f"2026-11-21 16:25:28 - Duration: {lasted}",
        ]
        lines += [f"2026-11-21 16:25:28 - Average power usage (W) for {power}"]
    return "\n".join([*lines, ""])


def test_devices_are_summed_and_not_averaged() -> None:
    found = importing.read(epochs(("1:00:00.00", "gpu: [100. 200.]")), "l.log").records[0]
    assert found.energy is not None
    assert found.energy.value == pytest.approx(0.30)


@pytest.mark.parametrize(
    ("kilowatts", "seconds", "kwh"), [(1, 1, 2.7778e-4), (2, 2, 1.1111e-3), (3, 3, 2.5e-3)]
)
def test_kilowatts_for_seconds_before_pue(kilowatts: int, seconds: int, kwh: float) -> None:
    text = epochs((f"0:00:0{seconds}.00", f"gpu: [{kilowatts}000.]"))
    found = importing.read(text, "l.log").records[0].energy
    assert found is not None and found.value == pytest.approx(kwh, rel=2e-5)


def test_an_intensity_beside_its_grams() -> None:
    """.000286936393 kWh at 151.50 g/kWh are .04347086 g."""
    text = (
        "2023-01-01 10:00:00 - CarbonTracker: Average carbon intensity during training was 151.50 "
        "gCO2eq/kWh. \n2023-01-01 10:00:00 - CarbonTracker: \nActual consumption for 1 epoch(s):\n"
        "\tTime:\t0:00:10\n\tEnergy:\t0.000286936393 kWh\n\tCO2eq:\t0.04347086 g\n"
    )
    found = importing.read(text, "o.log").records[0]
    assert found.factor is not None and found.factor.value == pytest.approx(151.50, abs=5e-5)
    slipped = text.replace("0.04347086 g", "0.00004347086 g")
    assert refused_log(slipped) == (
        "o.log: 4.34709e-05 g over 0.000286936 kWh is 0.1515 g/kWh, and 151.50 is stated: another "
        "unit, or a changed number; take the log as carbontracker wrote it"
    )


def refused_log(text: str) -> str:
    with pytest.raises(Refused) as no:
        importing.read(text, "o.log")
    return str(no.value)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (TOTALS[: TOTALS.index("2026-11-21 16:25:31 - CarbonTracker: Average")],
         "o.log: only a prediction is in it, no actual consumption: the run did not end; a "
         "prediction is no measurement"),
        (TOTALS.replace("0.000062802105 kWh", "0.000000000000 kWh"),
         "o.log: energy is '0.000000000000', not a number above 0; measure again"),
        (TOTALS.replace("0.000062802105 kWh", "-0.000062802105 kWh"),
         "o.log: energy is '-0.000062802105', not a number above 0; measure again"),
        (LOG[: LOG.index("2026-11-21 16:25:28 - Epoch")],
         "o.log: neither consumption nor epochs are in it; the run was cut off"),
        (LOG[: LOG.index("Average power usage")],
         "o.log: not every epoch has a power; the log was cut off, measure again"),
        (LOG[: LOG.rindex("Duration")], "o.log: epoch 4 has no duration; the log was cut off"),
        (LOG[: LOG.rindex("Average power usage")],
         "o.log: not every epoch has a power; the log was cut off, measure again"),
        (epochs(("0:00:01.00", "cpu: None")),
         "o.log: epoch 1 has no power of cpu: its counter could not be read, or the epoch was too "
         "short; measure again"),
        (epochs(("0:00:01.00", "cpu: 30.0"), ("0:00:01.00", "cpu: 0.0")),
         "o.log: epoch 2 has no power of cpu: its counter could not be read, or the epoch was too "
         "short; measure again"),
        (epochs(("0:00:01.00", "cpu: [30. x]")),
         "o.log: power is 'x', not a number above 0; measure again"),
    ],
)  # fmt: skip
def test_a_log_that_cannot_be_believed_is_refused(text: str, says: str) -> None:
    assert refused_log(text) == says


@settings(max_examples=60)
@given(
    st.sampled_from([LOG, TOTALS]), st.integers(0, 3000), st.integers(0, 3000), st.text(max_size=9)
)
def test_however_a_log_is_broken_it_gives_a_record_or_one_sentence(
    log: str, start: int, end: int, put: str
) -> None:
    try:
        found = importing.read(log[:start] + put + log[max(start, end) :], "o.log")
    except Refused as no:
        assert str(no).startswith("o.log: ")
    else:
        assert found.records[0].energy is not None


@given(st.text(max_size=200))
def test_any_text_under_the_columns_is_refused_or_read(text: str) -> None:
    try:
        found = importing.read(",".join(RUN) + "\n" + text, NAME)
    except Refused as no:
        assert str(no).startswith(NAME)
    else:
        assert found.records


CARD: dict[str, object] = {
    "emissions": 153_600, "source": "codecarbon", "training_type": "fine-tuning",
    "geographical_location": "Germany", "hardware_used": "8 x A100",
}  # fmt: skip
CLUSTER = capacity([(8, 400)], 100, pue=1.2)


def test_a_card_declares_grams_and_no_energy() -> None:
    found = huggingface.read({"co2_eq_emissions": CARD}, "README.md").records[0]
    assert (found.energy, found.class_, found.carbon) == (None, "declared", Band(153_600.0))
    assert (found.activity, found.hardware) == ("fine-tuning", {"declared": "8 x A100"})
    assert "geographical location: Germany" in found.notes
    assert read(to_json(found), "r.json") == found


def test_a_card_with_a_bare_number_is_read() -> None:
    assert huggingface.read({"co2_eq_emissions": 2.5}, "README.md").records[0].carbon == Band(2.5)


def test_kilograms_in_the_grams_field_are_asked_about() -> None:
    good = huggingface.read({"co2_eq_emissions": CARD}, "README.md", CLUSTER, 400)
    assert good.records[0].notes[1].startswith("plausible: 153600 g imply 384 kWh")
    with pytest.raises(Refused) as no:
        huggingface.read(
            {"co2_eq_emissions": CARD | {"emissions": 153.6}}, "README.md", CLUSTER, 400
        )
    assert str(no.value) == (
        "README.md: co2_eq_emissions: kilograms in a grams field? 153.6 g imply 0.384 kWh, 0.001 "
        "of the 384 kWh that the hardware can use"
    )


@pytest.mark.parametrize(
    ("told", "says"),
    [
        (None, "no co2_eq_emissions in its front matter; add it, in grams"),
        ("12 kg", "co2_eq_emissions.emissions is '12 kg', not a number of grams"),
        ({"emissions": True}, "co2_eq_emissions.emissions is True, not a number of grams"),
        ({"emissions": float("nan")}, "co2_eq_emissions.emissions is nan, not a number of grams"),
        ({"source": "x"}, "co2_eq_emissions.emissions is None, not a number of grams"),
        ({"emissions": 10**400}, f"co2_eq_emissions.emissions is {10**400}, not a number of grams"),
        ({"emissions": 0}, "co2_eq_emissions.emissions is 0; no training emits 0 g"),
        ({"emissions": -3}, "co2_eq_emissions.emissions is -3; no training emits 0 g"),
        ({"emissions": 1, "unit": "kg"}, "co2_eq_emissions: unknown key 'unit'; known: emissions, "
         "source, training_type, geographical_location, hardware_used"),
        ({"emissions": 1, "source": 3}, "co2_eq_emissions.source is 3, not a text; put it in "
         "quotes"),
    ],
)  # fmt: skip
def test_a_card_that_declares_nothing_usable_is_refused(told: object, says: str) -> None:
    with pytest.raises(Refused) as no:
        huggingface.read({"co2_eq_emissions": told}, "README.md")
    assert str(no.value) == f"README.md: {says}"


def test_a_record_as_front_matter_is_in_grams_and_reads_back() -> None:
    record = importing.read(REAL, NAME, activity="training").records[0]
    written = card.front_matter(record)
    assert written["co2_eq_emissions"] == {
        "emissions": pytest.approx(1.3011515394737044e-03),
        "source": "codecarbon 3.3.2, modelled, 0.0006506 to 0.004294 g",
        "training_type": "pre-training",
        "geographical_location": "FRA",
        "hardware_used": "AMD EPYC",
    }
    again = huggingface.read(written, "README.md").records[0]
    assert again.carbon is not None and record.carbon is not None
    assert again.carbon.value == record.carbon.value


def test_without_a_place_there_are_no_grams_for_a_card() -> None:
    record = importing.read(LOG, "l.log").records[0]
    with pytest.raises(
        Refused, match="the record has no grams, since no place was given: track with"
    ):
        card.front_matter(record)


def test_a_log_with_more_grams_than_any_electricity_has_is_refused() -> None:
    text = TOTALS.replace("carbon intensity during training was", "intensity was")
    for found in re.findall(r"CO2eq:\s*([\d.]+) g", text):
        text = text.replace(f"{found} g", f"{float(found) * 1000} g")
    with pytest.raises(Refused, match=r"is 4[0-9.]+e?\+?\d* g/kWh, more than any electricity has"):
        importing.read(text, "a.log")
