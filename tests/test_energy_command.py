"""`trl4ml energy`: records shown and reported in other people's units, imported, and estimated."""

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from html import unescape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from typer.testing import CliRunner

from trl4ml import cli
from trl4ml.energy import record
from trl4ml.energy.importing import huggingface
from trl4ml.energy.record import (
    Band,
    Boundary,
    EnergyRecord,
    Factor,
    Part,
    Prediction,
    Pue,
    Zones,
    factor_set,
)

SCHEMA = Path(__file__).parent / "schemas" / "cyclonedx-1.6-environmental.json"
FRANCE = Factor(
    "FRA@2023", 56.0, 50.0, 60.0, "FRA", "average", "location", "production", "CO2e", "2023",
    "codecarbon", "3.3.2", "MIT",
)  # fmt: skip
TRAINING = EnergyRecord(
    tool="trl4ml 0.1.0", activity="training", energy=Band(2.0, 1.0, 6.6), class_="modelled",
    parts=(
        Part("cpu", Band(1.5, 1.5, 1.5), "modelled", "TDP 65 W x load"),
        Part("ram", Band(0.5, 0.5, 0.5), "modelled", "10 W for 8 GB"),
        Part("gpu", None, "modelled", "NVML", "no driver"),
    ),
    pue=Pue(1.2, "given", True), boundary=Boundary("facility", "machine"),
    factor=FRANCE, factor_set=factor_set([FRANCE]), carbon=Band(112.0, 50.0, 396.0),
    start="2026-11-21T16:16:54Z", end="2026-11-21T17:16:54Z", duration_s=3600.0, sampling_s=1.0,
    observed=0.995, command=("python", "train.py"), hardware={"cpu_model": "A CPU", "cpu_tdp_w": 65},
    outputs={"model/m.onnx": "ab" * 32},
    predicted=Prediction(20, 3, 0, 0.95, Band(2.1, 1.9, 2.3), Band(3700.0, 3500.0, 3900.0),
                         None, 2.0, 3600.0, 0.05, True),
)  # fmt: skip
NOWHERE = EnergyRecord(
    tool="trl4ml 0.1.0", activity="<b>odd</b> | \x1b[31mactivity", energy=Band(0.5, 0.25, 1.65),
    class_="modelled", end="2026-11-22T00:00:00Z", duration_s=60.0, finished=False,
    range_over_zones=Zones("ISL", 6.9, "BWA", 1400.0, 213, "codecarbon 3.3.2"),
)  # fmt: skip
CARD_ALONE = EnergyRecord(
    tool="card", activity="training", energy=None, class_="declared", carbon=Band(5.0)
)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def energy(*arguments: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr, in this process."""
    done = CliRunner().invoke(cli.app(["energy", "list"]), ["energy", *arguments])
    return done.exit_code, done.stdout, done.stderr


def kept(name: str, one: EnergyRecord) -> str:
    path = Path("energy") / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(record.to_json(one), encoding="utf-8")
    return path.as_posix()


def report(format: str, *files: str) -> str:
    code, out, err = energy("report", *files, "--format", format)
    assert (code, err) == (0, "")
    return out


# ── show ────────────────────────────────────────────────────────────────────────────────────────
def test_a_record_is_shown_with_band_class_parts_and_what_is_not_known() -> None:
    kept("a.json", TRAINING)
    assert energy("show") == (0, """\
energy/a.json: training, 2026-11-21T17:16:54Z
  energy    2 kWh [1, 6.6], modelled
    cpu     1.5 kWh, modelled (TDP 65 W x load)
    ram     500 Wh, modelled (10 W for 8 GB)
    gpu     not known: no driver
  boundary  facility, whole machine; PUE 1.2 included (given)
  carbon    112 g CO2e [50, 396]
  factor    56 g/kWh in FRA, 2023, average, location-based (codecarbon 3.3.2)
  time      3600 s, 99.5% of it observed, a sample every 1 s
  foretold  2.1 kWh [1.9, 2.3] after 3 of 20 epochs; off by +5.0%, inside its interval
  made      model/m.onnx (sha256 abababababababab…)
""", "")  # fmt: skip


def test_several_are_summed_and_hostile_text_is_harmless() -> None:
    kept("a.json", TRAINING)
    kept("b.json", NOWHERE)
    code, out, _ = energy("show")
    assert code == 0
    assert "all 2: 2.5 kWh [1.25, 8.25]" in out
    assert "\x1b" not in out
    assert "note      the run was never closed: this is what was measured so far" in out
    assert "carbon    not known: no location was given; 6.9 g CO2e (ISL) to 1.4 kg CO2e (BWA) over 213 zones" in out  # fmt: skip


def test_a_sum_with_something_unknown_is_unknown() -> None:
    kept("a.json", TRAINING)
    kept("b.json", CARD_ALONE)
    assert "all 2: not known, as the energy of energy/b.json is" in energy("show")[1]


def test_as_json_a_record_is_what_it_was_and_its_file() -> None:
    path = kept("a.json", TRAINING)
    (row,) = json.loads(energy("show", "--format", "json")[1])
    assert row.pop("file") == path
    assert record.read(json.dumps(row), path) == TRAINING


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "energy/a.json:1:2: not JSON: Expecting property name enclosed in double quotes"),
        ("[]", "energy/a.json: not an energy record: it has no 'schema'; trl4ml track writes them"),
        ('{"schema": 2}', "energy/a.json: schema 2 is not 1, the one this trl4ml reads"),
    ],
)
def test_what_is_no_record_is_one_sentence(text: str, says: str) -> None:
    Path("energy").mkdir()
    Path("energy/a.json").write_text(text)
    assert energy("show") == (2, "", f"trl4ml: {says}\n")


def test_without_any_record_the_remedy_is_named() -> None:
    says = "trl4ml: there is no record in energy/; write one with: trl4ml track -- COMMAND\n"
    assert energy("show") == energy("report") == (2, "", says)
    assert energy("show", "gone.json") == (2, "", "trl4ml: gone.json: No such file or directory\n")


# ── report ──────────────────────────────────────────────────────────────────────────────────────
def test_the_energy_section_of_a_model_card() -> None:
    kept("a.json", TRAINING)
    assert (
        unescape(report("markdown"))
        == f"""\
## Energy

| Activity | Ended (UTC) | Energy | Class | Carbon | Factor | Record |
|---|---|---|---|---|---|---|
| training | 2026-11-21 | 2 kWh [1, 6.6] | modelled | 112 g CO2e [50, 396] | FRA@2023 | energy/a.json |

* modelled: power × load × time, not measured
* boundary: facility, whole machine; PUE 1.2 included (given)
* FRA@2023: 56 g/kWh in FRA, 2023, average, location-based (codecarbon 3.3.2)
* factor set: sha256 {factor_set([FRANCE])}
"""
    )


def test_hostile_text_is_escaped_on_the_card() -> None:
    out = report("markdown", kept("b.json", NOWHERE))
    assert "<b>" not in out
    assert "\x1b" not in out
    assert "| modelled |" in out
    assert "| 6.9 g CO2e (ISL) to 1.4 kg CO2e (BWA) | no location |" in out
    assert "where no location is known, carbon is a range over 213 zones" in out


def test_cyclonedx_wants_tonnes_and_kilowatt_hours_and_is_read_again() -> None:
    kept("a.json", TRAINING)
    data = json.loads(report("cyclonedx"))
    (one,) = data["environmentalConsiderations"]["energyConsumptions"]
    assert one["activity"] == "training"
    assert one["activityEnergyCost"] == {"value": 2.0, "unit": "kWh"}
    assert one["co2CostEquivalent"] == {"value": pytest.approx(0.000112), "unit": "tCO2eq"}
    assert one["co2CostEquivalent"]["value"] * 1e6 == pytest.approx(112.0)
    (provider,) = one["energyProviders"]
    assert provider["energySource"] == "unknown"
    assert provider["organization"]["address"] == {"country": "FRA"}
    told = {row["name"]: row["value"] for row in one["properties"]}
    assert told["trl4ml:energy:class"] == "modelled"
    assert told["trl4ml:energy:upper_kwh"] == "6.6"
    assert set(one) <= {
        "activity", "energyProviders", "activityEnergyCost", "co2CostEquivalent", "co2CostOffset",
        "properties",
    }  # fmt: skip


def test_cyclonedx_fits_its_schema_which_takes_no_grams() -> None:
    kept("a.json", TRAINING)
    kept("b.json", NOWHERE)
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    data = json.loads(report("cyclonedx"))
    jsonschema.validate(data, schema)
    data["environmentalConsiderations"]["energyConsumptions"][0]["co2CostEquivalent"]["unit"] = "g"
    with pytest.raises(jsonschema.ValidationError, match="'g' is not one of"):
        jsonschema.validate(data, schema)


def test_cyclonedx_knows_nine_activities_and_no_grams_without_a_place() -> None:
    kept("b.json", NOWHERE)
    kept("c.json", CARD_ALONE)
    (one,) = json.loads(report("cyclonedx"))["environmentalConsiderations"]["energyConsumptions"]
    assert one["activity"] == "other"
    assert "co2CostEquivalent" not in one


def test_the_ai_act_is_told_megawatt_hours_and_whether_they_are_estimated() -> None:
    kept("a.json", TRAINING)
    kept("b.json", NOWHERE)
    told = json.loads(report("ai-act"))
    assert told["training_energy_mwh"] == 0.002
    assert (told["training_energy_lower_mwh"], told["training_energy_upper_mwh"]) == (0.001, 0.0066)
    assert told["training_energy_is"] == "estimated"
    assert told["training_time_h"] == 1.0
    assert told["training_compute_flop"] is None
    assert told["training_runs"] == 1
    assert told["missing"] == [
        "training_compute_flop: no record holds it; dense transformers take about 6 x parameters x tokens"
    ]


def test_what_the_ai_act_asks_and_nobody_recorded_is_null_with_the_reason() -> None:
    kept("c.json", CARD_ALONE)
    told = json.loads(report("ai-act"))
    assert (told["training_energy_mwh"], told["training_time_h"]) == (None, None)
    assert told["training_energy_is"] == "not known"
    assert told["missing"][1:] == [
        "training_energy_mwh: energy/c.json holds no energy",
        "training_time_h: energy/c.json holds no duration",
    ]


def test_hugging_face_wants_grams_and_reads_them_back() -> None:
    out = report("huggingface", kept("a.json", TRAINING))
    assert out.startswith("co2_eq_emissions:  # grams of CO2e\n  emissions: 112.0\n")
    front: dict[str, Any] = yaml.safe_load(out)
    assert front["co2_eq_emissions"]["geographical_location"] == "FRA"
    found = huggingface.read(front, "card")
    assert found.records[0].carbon == Band(112.0)


def test_a_card_has_one_figure_and_needs_a_place() -> None:
    a, b = kept("a.json", TRAINING), kept("b.json", NOWHERE)
    assert energy("report", "--format", "huggingface")[::2] == (2, f"trl4ml: a card has one co2_eq_emissions, and these are 2 records ({a}, {b} …); name the one that made the model\n")  # fmt: skip
    code, _, err = energy("report", b, "--format", "huggingface")
    assert code == 2
    assert err.startswith(
        "trl4ml: energy/b.json: the record has no grams, since no place was given"
    )


# ── import ──────────────────────────────────────────────────────────────────────────────────────
COLUMNS = (
    "timestamp,project_name,run_id,experiment_id,duration,emissions,emissions_rate,cpu_power,"
    "gpu_power,ram_power,cpu_energy,gpu_energy,ram_energy,energy_consumed,water_consumed,"
    "country_name,country_iso_code,region,cloud_provider,cloud_region,os,python_version,"
    "codecarbon_version,cpu_count,cpu_model,gpu_count,gpu_model,longitude,latitude,ram_total_size,"
    "tracking_mode,cpu_utilization_percent,gpu_utilization_percent,ram_utilization_percent,"
    "ram_used_gb,on_cloud,pue,wue"
)


def run_of(kwh: float, run: str = "r1") -> str:
    kg = kwh * 0.056039
    return (
        f"2026-11-01T10:00:00,p,{run},e,3600,{kg},{kg / 3600},65,0,10,{kwh * 65 / 75},0,"
        f"{kwh * 10 / 75},{kwh},0,France,FRA,,,,Linux,3.11.9,3.3.2,8,A CPU,,,2.35,48.85,16,machine,"
        "50,0,10,2,N,1,0"
    )


def test_a_csv_of_codecarbon_becomes_records_tied_to_the_model() -> None:
    Path("emissions.csv").write_text(f"{COLUMNS}\n{run_of(0.075)}\n")
    Path("m.bin").write_bytes(b"weights")
    code, out, err = energy("import", "emissions.csv", "--location", "FRA", "--model", "m.bin")
    assert (code, err) == (0, "")
    text = Path(out.strip()).read_text()
    one = record.read(text, out)
    assert one.energy is not None
    assert one.outputs == {"m.bin": sha256(b"weights").hexdigest()}
    assert one.notes[-1] == "the model files were named at the import, and digested then"
    assert "48.85" not in text
    assert "2.35" not in text
    again = energy("import", "emissions.csv", "--location", "FRA", "--model", "m.bin")
    assert again == (code, out, err)
    assert len(list(Path("energy").iterdir())) == 1


def test_what_was_not_taken_is_said_with_its_line() -> None:
    Path("emissions.csv").write_text(f"{COLUMNS}\n{run_of(0.075)}\n{run_of(-0.075, 'r2')}\n2026-11")
    code, out, err = energy("import", "emissions.csv", "--location", "FRA", "--format", "json")
    told = json.loads(out)
    assert code == 0
    assert len(told["written"]) == 1
    assert len(told["not_taken"]) == 2
    assert all(line.startswith("emissions.csv:") for line in told["not_taken"])
    assert err.splitlines() == told["not_taken"]


def test_a_pue_is_applied_once() -> None:
    Path("emissions.csv").write_text(f"{COLUMNS}\n{run_of(0.075)}\n")
    plain = record.read(Path(energy("import", "emissions.csv", "--location", "FRA")[1].strip()).read_text(), "a")  # fmt: skip
    with_pue = Path(
        energy("import", "emissions.csv", "--location", "FRA", "--pue", "1.2")[1].strip()
    )
    one = record.read(with_pue.read_text(), "b")
    assert one.energy is not None
    assert plain.energy is not None
    assert one.energy.value == pytest.approx(1.2 * plain.energy.value)
    assert (one.pue.included, one.boundary.level) == (True, "facility")
    Path("pue.csv").write_text(f"{COLUMNS}\n{run_of(0.075).removesuffix('N,1,0')}N,1.5,0\n")
    code, _, err = energy("import", "pue.csv", "--location", "FRA", "--pue", "1.2")
    assert code == 2
    assert "a PUE of 1.5 is in the energy already" in err


def test_a_model_card_is_imported_as_declared() -> None:
    Path("README.md").write_text("---\nco2_eq_emissions:\n  emissions: 112\n---\n# A card\n")
    code, out, _ = energy("import", "README.md")
    assert code == 0
    one = record.read(Path(out.strip()).read_text(), out)
    assert (one.class_, one.energy, one.carbon) == ("declared", None, Band(112.0))


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("a.csv", "x,y\n1,2\n", "a.csv: neither an emissions.csv of codecarbon nor a log of carbontracker; give one of them, or a model card"),
        ("R.md", "# A card\n", "R.md: has no front matter; it lies between two lines of ---"),
        ("R.md", "---\n- 1\n---\n", "R.md: the front matter is not a mapping of keys to values"),
        ("R.md", "---\nlicense: mit\n---\n", "R.md: no co2_eq_emissions in its front matter; add it, in grams"),
    ],
)  # fmt: skip
def test_what_cannot_be_imported_is_one_sentence(name: str, text: str, says: str) -> None:
    Path(name).write_text(text)
    assert energy("import", name) == (2, "", f"trl4ml: {says}\n")
    assert not Path("energy").exists()


def test_front_matter_that_is_no_yaml_is_named_with_its_line() -> None:
    Path("R.md").write_text("---\na: b\nc: [\n---\n")
    code, _, err = energy("import", "R.md")
    assert code == 2
    assert err.startswith("trl4ml: R.md:")
    assert "not YAML" in err


def test_a_model_that_is_not_there_cannot_be_named() -> None:
    Path("README.md").write_text("---\nco2_eq_emissions: 112\n---\n")
    says = "trl4ml: --model m.bin: cannot be read (No such file or directory)\n"
    assert energy("import", "README.md", "--model", "m.bin") == (2, "", says)


# ── estimate ────────────────────────────────────────────────────────────────────────────────────
def test_green_algorithms_from_declared_hardware() -> None:
    given = ("--hours", "12", "--gpus", "1", "--watts-per-gpu", "300", "--memory-gb", "64")
    code, out, err = energy("estimate", *given, "--format", "json")
    told = json.loads(out)
    assert (code, err) == (0, "")
    assert told["energy_kwh"]["value"] == pytest.approx(6.0622848)
    assert (told["class"], told["pue"], told["carbon_g"]) == ("modelled", 1.56, None)
    assert "carbon: not known; say where with --location" in energy("estimate", *given)[1]
    assert " g CO2e [" in energy("estimate", *given, "--location", "FRA")[1]


def test_logged_calls_of_language_models() -> None:
    Path("calls.csv").write_text("model,output_tokens,latency_s\nsmall,100,2\nlarge,400,\n")
    Path("models.csv").write_text("model,active_b,total_b\nsmall,8,8\nlarge,70-120,300\n")
    files = ("--calls", "calls.csv", "--models", "models.csv", "--pue", "1.2", "--location", "FRA")
    code, out, err = energy("estimate", *files)
    assert (code, err) == (0, "")
    assert out.startswith("EcoLogits 0.11.3, modelled: ")
    assert "2 calls, 500 output tokens" in out
    assert "embodied, not included: " in out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "give either --hours with hardware, or --calls with --models"),
        (["--hours", "1", "--calls", "c.csv"], "give either --hours with hardware, or --calls with --models"),
        (["--hours", "1"], "no hardware is declared: give cores, GPUs or memory"),
        (["--hours", "1", "--cores", "1", "--watts-per-core", "9", "--pue", "0.5"], "a PUE is 1 or more, not 0.5"),
        (["--calls", "c.csv"], "--calls: needs --models, a table of model,active_b,total_b"),
        (["--hours", "1", "--memory-gb", "1", "--region", "x"], "--region x: lies in a country; name it with --location"),
    ],
)  # fmt: skip
def test_an_estimate_of_nothing_is_refused(arguments: list[str], says: str) -> None:
    assert energy("estimate", *arguments) == (2, "", f"trl4ml: {says}\n")


def test_an_unknown_country_is_never_guessed() -> None:
    code, out, err = energy("estimate", "--hours", "1", "--memory-gb", "1", "--location", "FRAN")
    assert (code, out) == (2, "")
    assert err.startswith("trl4ml: unknown location 'FRAN'; did you mean 'FRA'")


# ── measure ─────────────────────────────────────────────────────────────────────────────────────
class Model(BaseHTTPRequestHandler):
    """A server that takes a while and says how many tokens it made."""

    def do_GET(self) -> None:
        time.sleep(0.005)
        content = json.dumps({"usage": {"prompt_tokens": 7, "completion_tokens": 20}}).encode()
        self.send_response(200 if self.path == "/predict" else 404)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def url() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Model)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/predict"
    server.shutdown()
    server.server_close()


def test_a_request_and_a_token_are_measured_and_tied_to_the_model(url: str) -> None:
    Path("m.bin").write_bytes(b"weights")
    Path("body.json").write_text('{"prompt": "hello"}')
    given = ("--url", url, "--body", "body.json", "--requests", "40", "--tokens", "--batch", "1")
    code, out, err = energy("measure", *given, "--model", "m.bin", "--about", "a test server", "--format", "json")  # fmt: skip
    assert (code, err) == (0, "")
    told = json.loads(out)
    assert (told["requests"], told["output_tokens"], told["prompt_tokens"]) == (40, 800, 280)
    assert (
        told["request_kwh"]["lower"] < told["request_kwh"]["value"] < told["request_kwh"]["upper"]
    )
    joules = told["request_kwh"]["value"] * 3.6e6
    assert told["output_token_j"]["value"] == pytest.approx(joules / 20)
    one = record.read(Path(told["record"]).read_text(), "one")
    assert (one.activity, one.unit, one.units) == ("inference", "request", 40.0)
    assert one.outputs == {"m.bin": sha256(b"weights").hexdigest()}
    assert one.notes[-1] == "a test server"
    assert " for one request of 40" in energy("show", told["record"])[1]


def test_without_tokens_the_energy_of_one_is_undefined(url: str) -> None:
    code, out, _ = energy("measure", "--url", url, "--requests", "40")
    assert code == 0
    assert "per request: " in out
    assert "40 requests, batch size not stated" in out
    assert "per token: undefined, tokens were not counted" in out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--url", "http://example.org/x"], "example.org is another machine, and its energy cannot be read from this one: measure there, or estimate the calls from their log"),
        (["--url", "predict"], "'predict' is no address; give one like http://localhost:8000/v1/completions"),
        (["--url", "http://127.0.0.1:9/x", "--body", "gone.json"], "gone.json: No such file or directory"),
        (["--url", "http://127.0.0.1:9/x", "--body", "list.json"], "list.json: is no JSON object; write what is to be posted"),
    ],
)  # fmt: skip
def test_what_cannot_be_measured_is_refused(arguments: list[str], says: str) -> None:
    Path("list.json").write_text("[1]")
    assert energy("measure", *arguments) == (2, "", f"trl4ml: {says}\n")
    assert not Path("energy").exists()


def test_an_endpoint_that_does_not_answer_or_says_no_is_named(url: str) -> None:
    code, _, err = energy("measure", "--url", url.replace("/predict", "/other"))
    assert (code, err.startswith("trl4ml: http://127.0.0.1:")) == (2, True)
    assert "answers 404; put the request right first" in err
    code, _, err = energy("measure", "--url", "http://127.0.0.1:9/x")
    assert code == 2
    assert "is the server running?" in err


def test_the_same_file_twice_is_one_record() -> None:
    path = kept("a.json", TRAINING)
    assert json.loads(report("ai-act", path, path))["training_runs"] == 1


def test_what_was_never_closed_is_no_figure_of_a_training() -> None:
    kept("a.json", replace(TRAINING, finished=False))
    told = json.loads(report("ai-act"))
    assert told["training_energy_mwh"] is None
    assert told["training_energy_is"] == "not known"
    assert told["missing"][1] == (
        "training_energy_mwh: energy/a.json was never closed, and holds a part of its run"
    )
    code, out, err = energy("report", "--format", "huggingface")
    assert (code, out) == (2, "")
    assert "energy/a.json: the run was never closed" in err


def test_a_part_that_was_not_read_is_named_in_every_form() -> None:
    kept("a.json", TRAINING)
    assert json.loads(report("ai-act"))["not_in_training_energy"] == [
        "energy/a.json: gpu, no driver"
    ]
    assert "without gpu" in report("huggingface")
    (one,) = json.loads(report("cyclonedx"))["environmentalConsiderations"]["energyConsumptions"]
    assert {"name": "trl4ml:energy:without", "value": "gpu"} in one["properties"]


def test_cyclonedx_names_the_records_without_energy() -> None:
    kept("c.json", CARD_ALONE)
    told = json.loads(report("cyclonedx"))
    jsonschema.validate(told, json.loads(SCHEMA.read_text(encoding="utf-8")))
    assert told["environmentalConsiderations"]["properties"] == [
        {"name": "trl4ml:energy:not_known", "value": "energy/c.json"}
    ]


def test_an_import_is_of_a_known_activity() -> None:
    Path("card.md").write_text("---\nco2_eq_emissions: 5\n---\n")
    code, _, err = energy("import", "card.md", "--activity", "trainning")
    assert (code, err) == (
        2, "trl4ml: --activity: unknown activity 'trainning'; did you mean 'training'?\n"
    )  # fmt: skip
    assert not Path("energy").exists()


def test_grams_are_a_number_to_yaml_however_few_they_are() -> None:
    kept("a.json", replace(TRAINING, carbon=Band(1e-5, 1e-5, 2e-5)))
    front = yaml.safe_load(report("huggingface"))
    assert front["co2_eq_emissions"]["emissions"] == 1e-5


def test_a_place_that_changes_nothing_is_said() -> None:
    Path("card.md").write_text("---\nco2_eq_emissions: 5\n---\n")
    code, _, err = energy("import", "card.md", "--location", "FRA")
    assert code == 0
    assert err.startswith("card.md: --location FRA was not used: its grams are as they stand\n")
