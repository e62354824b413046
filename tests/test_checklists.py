"""The checklists that come with trl4ml: whole, in our own words, and asking only what is measured."""

import re
from pathlib import Path

import pytest

from trl4ml import resources
from trl4ml.core.checklist import CONSTANTS, Checklist, Item
from trl4ml.core.evidence import Outcome
from trl4ml.load.files import checklist
from trl4ml.probes import own, own_ids
from trl4ml.testing import cases, find, lay_out

FOLDER = resources.folder("checklists")
CASES = Path(__file__).parent / "cases"
LISTS = {p.stem: checklist(p.read_text(encoding="utf-8"), p.name) for p in FOLDER.glob("*.yaml")}
ITEMS = [item for one in LISTS.values() for item in one.items]
ITEM_MEASURES = re.compile(r"item_[a-z0-9_]+$")


def test_a_checklist_is_named_as_its_file() -> None:
    assert {name: one.checklist for name, one in LISTS.items()} == {name: name for name in LISTS}


def test_ids_are_unique_across_the_checklists() -> None:
    ids = [item.id for item in ITEMS]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("level", range(10))
def test_every_level_asks_at_least_four_things_and_two_of_them_hold_it_back(level: int) -> None:
    asked = [item for item in LISTS["mltrl"].items if item.level == level]
    assert len(asked) >= 4
    assert sum(item.gate for item in asked) >= 2


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.id)
def test_an_item_says_whole_sentences(item: Item) -> None:
    assert item.ask.strip().endswith("?")
    assert item.why.strip().endswith(".")
    assert item.if_not.remedy.strip().endswith((".", "…"))
    assert item.refs
    assert item.since


@pytest.mark.parametrize("one", LISTS.values(), ids=lambda one: one.checklist)
def test_every_threshold_is_used(one: Checklist) -> None:
    named = {name for item in one.items for name in item.names}
    assert {f"policy.{name}" for name in one.thresholds} <= named


@pytest.fixture(scope="module")
def measures(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """The measures that each probe gives, gathered from its own cases."""
    given: dict[str, set[str]] = {}
    wanted = {probe for item in ITEMS for probe in item.probes}
    for probe in wanted:
        known = given.setdefault(probe, set())
        for case in cases(CASES / f"{probe}.yaml"):
            if case.data["outcome"] not in (Outcome.YES, Outcome.NO):
                continue
            folder = tmp_path_factory.mktemp("case")
            lay_out(folder, case.data.get("files") or {}, case.data.get("git"))
            known |= set(find(probe, folder, case.data.get("options")).measures)
    return given


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.id)
def test_an_item_wants_only_measures_that_its_probe_gives(
    item: Item, measures: dict[str, set[str]]
) -> None:
    for name in item.names:
        first, *rest = name.split(".")
        if first in CONSTANTS or not rest:
            continue
        probe = first.replace("_", "-")
        if probe == "test-results" and ITEM_MEASURES.match(rest[0]):
            assert rest[0] == f"item_{item.id.replace('-', '_')}"
            continue
        assert rest[0] in measures[probe], f"{probe} gives {sorted(measures[probe])}"


def test_every_probe_is_asked_by_some_item() -> None:
    assert set(own_ids()) == {probe for item in ITEMS for probe in item.probes}


@pytest.mark.parametrize("id", own_ids())
def test_a_probe_says_why_how_what_and_which_version(id: str) -> None:
    probe = own(id)
    assert probe is not None
    why, how, *_ = probe.why_and_how.split("\n\n")
    assert why.endswith(".")
    assert how.strip()
    assert probe.asks.endswith(".")
    assert probe.version == probe.module.version
    for name in probe.options.model_fields if probe.options else ():
        assert f"    {name}:" in probe.code
