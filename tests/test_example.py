"""The examples: one command makes every committed file again, and their audits are honest."""

import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from trl4ml import run
from trl4ml.core.answer import Said
from trl4ml.core.verdict import Status
from trl4ml.store.records import Records
from trl4ml.testing import lay_out

EXAMPLES = Path(__file__).parent.parent / "examples"
TODAY = date(2026, 11, 21)
"""On which the examples are judged, so that no verdict depends on the clock."""
BOTH = pytest.mark.parametrize("name", ["diabetes", "co2"])
MADE = {
    "diabetes": [
        *("data", "model", "predictions", "results"),
        *("README.md", "MODEL_CARD.md", "DATASHEET.md"),
    ],
    "co2": ["data", "model", "results"],
}
LEFT_OUT = shutil.ignore_patterns("store", "__pycache__", ".*_cache")


def copied(name: str, folder: Path) -> Path:
    """The example in a repository of its own, without what was remembered of an earlier audit."""
    shutil.copytree(EXAMPLES / name, folder / "somewhere else", ignore=LEFT_OUT)
    lay_out(folder / "somewhere else", {}, git=True)
    return folder / "somewhere else"


@pytest.mark.slow
@BOTH
def test_one_command_makes_every_committed_file_again_to_the_byte(
    name: str, tmp_path: Path
) -> None:
    copy = copied(name, tmp_path)
    for made in ("model", "results"):
        shutil.rmtree(copy / made)
    (copy / "results").mkdir()
    done = subprocess.run(
        [sys.executable, "reproduce.py"], cwd=copy, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    places = [EXAMPLES / name / made for made in MADE[name]]
    committed = [p for place in places for p in [place, *place.rglob("*")] if p.is_file()]
    assert len(committed) > 9
    for path in committed:
        again = copy / path.relative_to(EXAMPLES / name)
        assert again.read_bytes() == path.read_bytes(), path.name


@pytest.mark.slow
@BOTH
def test_stored_and_fresh_evidence_give_the_same_bytes(name: str, tmp_path: Path) -> None:
    copy = copied(name, tmp_path)
    texts = {
        run.render(run.audit(copy, cache=cache, today=TODAY).report, "json")
        for cache in (False, True, True, False)
    }
    assert len(texts) == 1


@BOTH
def test_whoever_says_yes_where_a_document_is_asked_for_links_to_it(
    name: str, tmp_path: Path
) -> None:
    copy = copied(name, tmp_path)
    wanted = {
        item.id for item in run.gather(copy, today=TODAY).items if "--link" in item.if_not.remedy
    }
    answers = Records(copy).answers()
    assert len(answers) > 30
    assert [
        a.item for a in answers if a.answer is Said.YES and a.item in wanted and not a.link
    ] == []
    assert [a.link for a in answers if a.link and not (copy / a.link).is_file()] == []


@BOTH
def test_nobody_poses_as_somebody_who_does_not_exist(name: str) -> None:
    people = {answer.by.partition(" (")[0] for answer in Records(EXAMPLES / name).answers()}
    assert people == {"The trl4ml authors"}


@BOTH
def test_every_answer_still_counts(name: str, tmp_path: Path) -> None:
    report = run.audit(copied(name, tmp_path), today=TODAY).report
    said = [one.message for one in report.evidence.values() if one.probe == "answer"]
    assert len(said) > 30
    assert [message for message in said if "look again, and answer anew" in message] == []


def test_the_diabetes_example_supports_what_it_claims_and_stops_for_reasons_a_reader_understands(
    tmp_path: Path,
) -> None:
    report = run.audit(copied("diabetes", tmp_path), today=TODAY).report
    model = report.components[0]
    assert (model.claims, model.supported, model.wanted) == (2, 2, 7)
    assert not report.met
    blocks = {
        v.item: v.message
        for v in model.verdicts
        if v.level == 3 and v.gate and v.status in (Status.NOT_MET, Status.UNKNOWN)
    }
    assert set(blocks) == {"ci-runs-tests", "style-clean", "data-band-system"}
    assert blocks["data-band-system"] == "datasets.band_rank is 6, wanted >= 7, short by 1"


def test_that_consent_is_not_known_is_said_and_waived_until_a_day(tmp_path: Path) -> None:
    copy = copied("diabetes", tmp_path)
    levels = {}
    for day in (TODAY, date(2027, 5, 21), date(2027, 5, 22)):
        model = run.audit(copy, today=day).report.components[0]
        consent = next(v for v in model.verdicts if v.item == "ethics-collection-consent")
        levels[day.isoformat()] = (model.supported, consent.status)
        assert "Neither consent nor the decision of a board" in consent.message
    assert levels == {
        "2026-11-21": (2, Status.WAIVED),
        "2027-05-21": (2, Status.WAIVED),
        "2027-05-22": (0, Status.NOT_MET),
    }
