"""The committed files are what the code makes, and the figures are what they say."""

import json
import re
from hashlib import sha256
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest

from feed.__main__ import build as build_feed
from feed.gaps import between, fill
from feed.weeks import Week
from forecast.__main__ import SPLIT, VERSION
from forecast.__main__ import build as build_model
from forecast.backtest import errors, mean_absolute
from forecast.model import WINDOWS, forecast

pytestmark = pytest.mark.lab
RUNS = [f"results/experiments/window-{window:03}.json" for window in WINDOWS]
MADE = ["data/weekly.csv", "model/model.json", "results/metrics.json", *RUNS]


@pytest.fixture(scope="module")
def rebuilt(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("elsewhere")
    for name in ("data", "schema"):
        copytree(root / name, folder / name)
    (folder / "data" / "weekly.csv").unlink()
    build_feed(folder)
    build_model(folder)
    return folder


@pytest.mark.item("mlts-i1-training-repeatable")
@pytest.mark.parametrize("name", MADE)
def test_a_build_in_an_empty_folder_gives_the_committed_bytes(
    name: str, root: Path, rebuilt: Path
) -> None:
    assert (rebuilt / name).read_bytes() == (root / name).read_bytes()


@pytest.mark.item("input-schema-tested")
@pytest.mark.item("mlts-d1-feature-schema")
def test_every_week_that_the_feed_gives_is_as_the_model_was_promised(
    root: Path, weekly: list[dict[str, str]]
) -> None:
    schema = json.loads((root / "schema" / "weekly.schema.json").read_text())["properties"]
    assert {tuple(row) for row in weekly} == {tuple(schema)}
    assert {row["origin"] for row in weekly} == {*schema["origin"]["enum"]}
    assert all(re.fullmatch(schema["week"]["pattern"], row["week"]) for row in weekly)
    lowest, highest = schema["co2"]["minimum"], schema["co2"]["maximum"]
    assert all(lowest <= float(row["co2"]) <= highest for row in weekly)


@pytest.mark.item("versions-tagged")
@pytest.mark.item("model-data-versioned")
@pytest.mark.parametrize("name", MADE[1:])
def test_every_result_names_the_code_and_the_data_that_made_it(name: str, root: Path) -> None:
    stamp = json.loads((root / name).read_text())
    data = sha256((root / "data" / "weekly.csv").read_bytes()).hexdigest()
    assert (stamp["version"], stamp["data_sha256"]) == (VERSION, data)


@pytest.mark.item("splits-declared")
@pytest.mark.item("split-imitates-use")
def test_the_parts_follow_one_another_without_a_common_week(figures: dict[str, Any]) -> None:
    days = [day for part in SPLIT.values() for day in part]
    assert days == sorted(set(days))
    assert sum(part["weeks"] for part in figures["split"].values()) == 2284


@pytest.mark.item("tuning-record")
def test_the_chosen_window_is_the_best_of_all_runs_on_the_validation_years(root: Path) -> None:
    runs = [json.loads((root / name).read_text()) for name in RUNS]
    assert {run["params"]["part"] for run in runs} == {"validation"}
    best = min(runs, key=lambda run: run["metrics"]["mae_ppm"])
    assert [run for run in runs if run["chosen"]] == [best]


@pytest.mark.item("baseline-compared")
def test_both_baselines_are_beaten_by_half(figures: dict[str, Any]) -> None:
    test = figures["test"]
    baselines = [one["mae_ppm"] for one in test["baselines"].values()]
    assert test["all"]["mae_ppm"] < 0.5 * min(baselines)


def test_far_weeks_are_forecast_worse_than_near_ones(figures: dict[str, Any]) -> None:
    groups = [one for name, one in figures["test"].items() if name.startswith("weeks")]
    sizes = [one["mae_ppm"] for one in groups]
    assert sizes == sorted(sizes)
    assert sum(one["n"] for one in groups) == figures["test"]["all"]["n"]


def test_the_interval_holds_less_than_it_promises_and_the_card_says_so(
    root: Path, figures: dict[str, Any]
) -> None:
    assert figures["test"]["all"]["within_interval"] == 0.7994
    assert "held 79.9 %" in (root / "MODEL_CARD.md").read_text(encoding="utf-8")


def test_what_the_leak_did_is_what_the_page_about_it_says(root: Path, weeks: list[Week]) -> None:
    values = [week.ppm for week in weeks]
    days = [week.day.isoformat() for week in weeks]
    first, last = (days.index(day) for day in SPLIT["validation"])
    origins = [at for at in range(first, last, 4) if values[at] is None]
    page = (root / "docs" / "leak.md").read_text(encoding="utf-8")
    assert [days[at] for at in origins] == ["1984-04-14", "1985-08-03"]
    for filled in (fill(values), between(values)):
        error = mean_absolute(
            errors(
                lambda seen: [one.value for one in forecast(seen, 13)],
                filled, [value is not None for value in values], first, last + 1,
            )
        )  # fmt: skip
        assert f"{error:.4f}" in page
