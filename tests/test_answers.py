"""What people answer: appended, never edited; the present is a fold that no branch can spoil."""

import hashlib
import json
import os
import subprocess
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.making import TODAY, item
from trl4ml import cli, run
from trl4ml.core.answer import Answer, Back, Said, attested, names, stale
from trl4ml.core.environment import Environment
from trl4ml.core.evidence import Evidence, Outcome
from trl4ml.core.project import Component
from trl4ml.core.switchback import Switchback, SwitchbackKind
from trl4ml.core.verdict import Status, judge
from trl4ml.errors import WrongInput
from trl4ml.store.records import Records, text
from trl4ml.testing import lay_out

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
REASON = "there is no such thing here"
ASKED = item("asked", wants="answer")
MODEL = Component(name="model")

OWN = """\
checklist: own
version: "1"
title: A small checklist
about: For tests.
items:
  - id: licence
    level: 0
    ask: Is there a licence?
    why: Without one nobody may use it.
    wants: license_file
    if_not: {remedy: Add LICENSE., effort: minutes}
  - id: idea-reviewed
    level: 0
    ask: Was the idea reviewed?
    why: Two see more than one.
    wants: answer
    if_not: {remedy: Ask somebody., effort: hours}
  - id: card-true
    level: 1
    ask: Does the card tell the truth?
    why: A card may lie.
    wants: model_card and answer
    if_not: {remedy: Write the card., effort: hours}
  - id: works
    level: 2
    ask: Does it work?
    why: It should.
    wants: answer
    environment: lab
    if_not: {remedy: Try it., effort: days}
  - id: tested
    level: 2
    gate: false
    ask: Is it tested?
    why: It should be.
    wants: test_results.item_tested >= 1 or answer
    if_not: {remedy: Test it., effort: days}
"""
INDEPENDENT = OWN.replace(
    "wants: answer\n    if_not: {remedy: Ask",
    "wants: answer and answer.independent >= 1\n    if_not: {remedy: Ask",
)
CARD = "# Model card\n\n## Intended use\n\nFor tests.\n\n## Limits\n\nNot for use.\n"
TINY = {
    "trl4ml.yaml": "name: tiny\nowners: [Ada]\nchecklists: [own.yaml]\n",
    "own.yaml": OWN,
    "LICENSE": "MIT",
}

AnswerIt = Callable[..., tuple[int, str, str]]


@pytest.fixture
def answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> AnswerIt:
    """`trl4ml answer …` in the folder of the test: exit code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            cli.start(["answer", *arguments])
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out, err

    return call


def said(
    answer: str = "yes", by: str = "Ada <ada@x.org>", days: float = 0, **more: object
) -> Answer:
    """An answer so many days after noon of the 21st of November 2026."""
    note = REASON if answer == "not_applicable" else ""
    given = {"item": "asked", "answer": Said(answer), "by": by, "note": note,
             "at": NOON + timedelta(days=days), **more}  # fmt: skip
    return Answer.model_validate(given)


def fold(
    *answers: Answer, seen: dict[str, str] | None = None, backs: tuple[Back, ...] = (),
    stale_after: int | None = None, owners: tuple[str, ...] = ("Ada",), component: Component = MODEL,
) -> Evidence | None:  # fmt: skip
    asked = ASKED.model_copy(update={"stale_after": stale_after})
    return attested(asked, component, owners, answers, seen or {}, backs, TODAY, "test")


def folded(*answers: Answer, **more: object) -> Evidence:
    evidence = fold(*answers, **more)  # type: ignore[arg-type]
    assert evidence
    return evidence


# The fold, by hand.


@pytest.mark.parametrize(
    ("answers", "outcome", "message"),
    [
        ([said()], "yes", "yes, says Ada <ada@x.org> (2026-11-21)"),
        ([said(note=" seen ", link="a.md")], "yes", "yes, says Ada <ada@x.org> (2026-11-21): seen (a.md)"),
        ([said("no")], "no", "no, says Ada <ada@x.org> (2026-11-21)"),
        ([said("not_applicable")], "not_applicable", f"not applicable, says Ada <ada@x.org> (2026-11-21): {REASON}"),
        ([said("no", days=-1), said()], "yes", "yes, says Ada <ada@x.org> (2026-11-21)"),
        ([said("yes", days=-1), said("no", "Bob")], "no", "no, says Bob (2026-11-21)"),
        ([said(days=1)], "yes", "yes, says Ada <ada@x.org> (2026-11-22)"),
        ([said(days=2)], "unknown", "yes, says Ada <ada@x.org> (2026-11-23), but that is dated in the future (2026-11-23); look again, and answer anew"),
        ([said("no", days=400), said("yes", "Bob")], "yes", "yes, says Bob (2026-11-21)"),
        ([said("yes"), said("no", "Bob")], "no", "no, says Bob (2026-11-21)"),
        ([said("yes"), said("not_applicable", "Bob")], "not_applicable", f"not applicable, says Bob (2026-11-21): {REASON}"),
        ([said("no"), said("not_applicable", "Bob")], "no", "no, says Ada <ada@x.org> (2026-11-21)"),
    ],
)  # fmt: skip
def test_the_newest_answer_counts_and_of_one_second_the_more_cautious(
    answers: list[Answer], outcome: str, message: str
) -> None:
    evidence = folded(*answers)
    assert (evidence.outcome.value, evidence.message) == (outcome, message)


def test_nobody_asked_is_no_evidence_at_all() -> None:
    assert fold() is None
    assert fold(said(component="other")) is None
    assert judge(ASKED, {}).message == "nobody has answered"


@pytest.mark.parametrize(
    ("answer", "more", "why"),
    [
        (said(days=-365), {"stale_after": 365}, ""),
        (said(days=-366), {"stale_after": 365}, "is older than 365 days"),
        (said(saw={"a.md": "1"}), {"seen": {"a.md": "1"}}, ""),
        (said(saw={"a.md": "1"}), {"seen": {"a.md": "2"}}, "is older than the last change of a.md"),
        (said(saw={"a.md": "1"}), {"seen": {}}, "is older than the last change of a.md"),
        (said(), {"seen": {"a.md": "2"}}, ""),
        (said(days=-1), {"backs": (Back(NOON, 0),)}, "is older than the switchback to level 0 on 2026-11-21"),
        (said(days=-1), {"backs": (Back(NOON, 1),)}, ""),
        (said(days=0), {"backs": (Back(NOON, 0),)}, ""),
    ],
)  # fmt: skip
def test_an_answer_goes_stale_for_a_reason_that_it_says(
    answer: Answer, more: dict[str, object], why: str
) -> None:
    evidence = folded(answer, **more)
    assert evidence.outcome is (Outcome.UNKNOWN if why else Outcome.YES)
    assert (f", but that {why}; look again" in evidence.message) is bool(why)
    verdict = judge(ASKED, {"answer": evidence})
    assert verdict.status is (Status.UNKNOWN if why else Status.MET)


@pytest.mark.parametrize(
    ("answers", "people", "independent", "against"),
    [
        ([said()], 1, 0, 0),
        ([said(by="ADA")], 1, 0, 0),
        ([said(by="Bob <bob@x.org>")], 1, 1, 0),
        ([said(by="Bob"), said(by=" bob ", days=1)], 1, 1, 0),
        ([said(by="Bob <b@x.org>"), said(by="Bob <other@x.org>", days=1)], 1, 1, 0),
        ([said(), said(by="Bob"), said(by="Cleo")], 3, 2, 0),
        ([said("no", "Bob"), said(by="Cleo", days=0.1)], 1, 1, 1),
        ([said(by="Bob"), said("no", "Bob", days=0.1), said(by="Cleo", days=0.2)], 1, 1, 1),
        ([said(by="Bob", days=3), said(by="Cleo")], 1, 1, 0),
    ],
)
def test_people_are_counted_once_by_what_they_said_last(
    answers: list[Answer], people: int, independent: int, against: int
) -> None:
    measures = folded(*answers).measures
    counted = [measures[name].value for name in ("people", "independent", "against")]
    assert counted == [people, independent, against]


def test_a_yes_that_its_own_author_took_back_does_not_return_when_the_no_goes_stale() -> None:
    took_back = said("no", "Bob", days=-1, saw={"a.md": "1"})
    evidence = folded(said(by="Bob", days=-2), took_back, said(by="Cleo"), seen={"a.md": "2"})
    assert evidence.measures["people"].value == 1


def test_the_owner_is_known_by_name_or_by_address() -> None:
    owners = ("Ada Lovelace <ada@x.org>",)
    for by in ("ada  lovelace", "ada@x.org", "<ADA@x.org>", "A. L. <ada@x.org>"):
        assert folded(said(by=by), owners=owners).measures["independent"].value == 0
    assert names("Ada Lovelace <ada@x.org>") == ("ada lovelace", "ada@x.org")


def test_documented_says_whether_the_answer_that_counts_has_a_link() -> None:
    def documented(*answers: Answer) -> object:
        return folded(*answers, seen={"a.md": "1"}).measures["documented"].value

    seen = said(link="a.md", saw={"a.md": "1"})
    assert documented(seen) is True
    assert documented(said(link="https://example.org/minutes")) is True
    assert documented(seen, said(days=0.1)) is False
    assert documented(said(link="a.md")) is False, "nobody looked at what it links to"


def test_not_applicable_without_a_reason_is_no_answer() -> None:
    with pytest.raises(
        ValueError, match="'not applicable' needs a reason of at least 10 characters"
    ):
        said("not_applicable", note="not it   ")


def test_what_was_seen_too_far_from_use_does_not_count() -> None:
    works = item("works", wants="answer", environment="lab")
    far = folded(said(environment=Environment.SIMULATION))
    assert judge(works, {"answer": far}).status is Status.UNKNOWN
    unsaid = judge(works, {"answer": folded(said())})
    assert unsaid.message.endswith(
        "where that was observed is not said, and it must be lab or nearer to use"
    )
    near = folded(said(environment=Environment.SHADOW))
    assert judge(works, {"answer": near}).status is Status.MET


# The fold, by law.

ANSWERS = st.builds(
    said,
    st.sampled_from([one.value for one in Said]),
    st.sampled_from(["Ada", "Bob <b@x.org>", "Cleo", "bob"]),
    st.sampled_from([-400.0, -2.0, -1.0, -1.0, 0.0, 0.0, 3.0]),
    saw=st.sampled_from([{}, {"a.md": "1"}, {"a.md": "2"}]),
    link=st.sampled_from(["", "a.md"]),
)
SOME = st.lists(ANSWERS, max_size=6)
SEEN = {"a.md": "1"}


@given(SOME, st.randoms(use_true_random=False))
def test_the_order_in_which_answers_are_read_does_not_matter(
    answers: list[Answer], random: object
) -> None:
    mixed = list(answers)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    assert fold(*answers, seen=SEEN) == fold(*mixed, seen=SEEN)


@given(SOME, SOME, SOME)
def test_two_branches_merged_either_way_give_the_same_present(
    base: list[Answer], ours: list[Answer], theirs: list[Answer]
) -> None:
    one_way = fold(*base, *ours, *theirs, seen=SEEN)
    assert one_way == fold(*base, *theirs, *ours, seen=SEEN)
    assert one_way == fold(*base, *ours, *ours, *theirs, seen=SEEN), "what both have counts once"


@given(SOME)
def test_what_is_from_the_future_silences_nobody(answers: list[Answer]) -> None:
    now = [one for one in answers if one.at.date() <= TODAY]
    if now:
        assert fold(*answers, seen=SEEN) == fold(*now, seen=SEEN)


@given(SOME)
def test_the_outcome_is_what_some_current_answer_says_or_unknown(answers: list[Answer]) -> None:
    evidence = fold(*answers, seen=SEEN)
    current = {one.answer.value for one in answers if not stale(one, ASKED, SEEN, (), TODAY)}
    assert (evidence is None) is (not answers)
    assert evidence is None or evidence.outcome.value in {*current, "unknown"}


@given(SOME, st.sampled_from(list(Said)))
def test_the_last_word_counts_whatever_was_said_before(answers: list[Answer], last: Said) -> None:
    word = said(last.value, "Zoe", days=0.5)
    assert folded(*answers, word, seen=SEEN).outcome.value == last.value


@given(SOME)
def test_a_yes_of_somebody_new_never_lowers_how_many_say_yes(answers: list[Answer]) -> None:
    before = fold(*answers, seen=SEEN)
    after = folded(*answers, said(by="Zoe", days=0.5), seen=SEEN)
    for measure in ("people", "independent"):
        were = before.measures[measure].value if before else 0
        assert after.measures[measure].value == were + 1  # type: ignore[operator]


# The records on the disk.


@settings(max_examples=30)
@given(st.text(max_size=300), st.sampled_from(list(Said)))
def test_a_record_reads_back_as_it_was_written(note: str, answer: Said) -> None:
    one = said(answer.value, note=note + REASON, saw={"a b": "1"})
    assert Answer.model_validate_json(text(one)) == one


def test_each_answer_is_a_file_of_its_own_that_is_never_written_again(tmp_path: Path) -> None:
    records = Records(tmp_path)
    first = records.add(said())
    assert (
        first.relative_to(tmp_path)
        .as_posix()
        .startswith(".trl4ml/answers/asked/2026-11-21T120000Z-")
    )
    content = first.read_bytes()
    records.add(said("no", days=1))
    assert first.read_bytes() == content
    assert [one.answer for one in Records(tmp_path).answers()] == [Said.YES, Said.NO]
    assert not [p for p in tmp_path.rglob("*") if p.name.startswith(".writing-")]


DIGEST = hashlib.sha256(text(said()).encode()).hexdigest()[:16]


def broken(folder: Path, how: Callable[[Path], object]) -> str:
    how(Records(folder).add(said()))
    with pytest.raises(WrongInput) as refused:
        Records(folder).answers()
    return str(refused.value)


def test_an_edited_record_is_found_out(tmp_path: Path) -> None:
    says = broken(tmp_path, lambda path: path.write_text(path.read_text().replace("yes", "no")))
    assert says.endswith(".json), and record anew what has changed")
    assert (
        ".json: was changed after it was written, which its name shows; restore it (git checkout -- "
        in says
    )


def test_line_ends_that_git_changed_are_no_edit(tmp_path: Path) -> None:
    path = Records(tmp_path).add(said())
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert len(Records(tmp_path).answers()) == 1


def _named(content: bytes) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        (path.parent / f"x-{hashlib.sha256(content).hexdigest()[:16]}.json").write_bytes(content)

    return write


@pytest.mark.parametrize(
    ("how", "says"),
    [
        (lambda path: (path.unlink(), path.symlink_to("/etc/hostname")), "is a link; remove it, so that records stay in the project"),
        (lambda path: path.write_bytes(b"x" * 200_000), "larger than 100 kB, so no record of trl4ml; remove it"),
        (_named(b"{}"), "not a record of trl4ml (item: Field required)"),
        (_named(b"\xff["), "not a record of trl4ml"),
        (_named(text(said()).replace('"asked"', '"../../x"').encode()), "not a record of trl4ml (item: String should match"),
    ],
)  # fmt: skip
def test_what_is_no_record_is_one_sentence_that_names_the_file(
    tmp_path: Path, how: Callable[[Path], object], says: str
) -> None:
    complaint = broken(tmp_path, how)
    assert f".json: {says}" in complaint
    assert "\n" not in complaint


def _instead(path: Path, name: str) -> Path:
    """The record moved elsewhere among the answers."""
    place = path.parent.parent / name
    place.parent.mkdir(exist_ok=True)
    return path.rename(place)


@pytest.mark.parametrize(
    ("how", "says"),
    [
        (lambda path: _instead(path, path.name), "/answers/2026-11-21T120000Z-75ed.json: lies beside the folders of records; move it into the one that is named after what it is about, or remove it"),
        (lambda path: _instead(path, f"other/{path.name}"), "/answers/other/2026-11-21T120000Z-75ed.json: is about asked, but lies with other; move it to {}/answers/asked"),
        (lambda path: _instead(path, f".other/.{path.name}"), "/answers/.other/.2026-11-21T120000Z-75ed.json: is about asked, but lies with .other; move it to {}/answers/asked"),
        (lambda path: path.parent.rename(path.parent.with_name("x.json")), "/answers/x.json/2026-11-21T120000Z-75ed.json: is about asked, but lies with x.json; move it to {}/answers/asked"),
        (lambda path: _instead(path, f"asked/x.json/{path.name}"), "/answers/asked/x.json: is a folder where only records belong; move the records in it to {}/answers/asked, and remove it"),
        (lambda path: path.parent.with_name("linked").symlink_to(path.parent), "/answers/linked: is a link; remove it, so that records stay in the project"),
        (lambda path: path.with_name("linked.json").symlink_to(path), "/answers/asked/linked.json: is a link; remove it, so that records stay in the project"),
        (lambda path: path.parent.parent.rename(path.parents[2] / "gone") and (path.parents[2] / "answers").write_text(""), "/answers: cannot be read (Not a directory); repair it"),
    ],
)  # fmt: skip
def test_no_record_is_passed_over_in_silence(
    tmp_path: Path, how: Callable[[Path], object], says: str
) -> None:
    complaint = broken(tmp_path, how)
    ours = str(tmp_path / ".trl4ml")
    assert complaint.replace(DIGEST, "75ed") == ours + says.replace("{}", ours)


def test_a_switchback_of_another_component_than_its_folder_says_is_complained_of(
    tmp_path: Path,
) -> None:
    back = Switchback(component="a", left=1, to=0, kind=SwitchbackKind.DISCOVERY, by="Ada",
                      reason="labels leak into features", at=NOON)  # fmt: skip
    path = Records(tmp_path).add(back)
    path.parent.rename(path.parent.with_name("b"))
    with pytest.raises(WrongInput, match=r"is about a, but lies with b; move it to .*backs/a$"):
        Records(tmp_path).switchbacks()


def test_what_is_half_written_or_no_record_is_left_alone(tmp_path: Path) -> None:
    path = Records(tmp_path).add(said())
    for name in (".writing-x", "README.md", "../README.md", "../.gitkeep"):
        (path.parent / name).write_text("x")
    assert len(Records(tmp_path).answers()) == 1


@pytest.mark.parametrize("step", [".trl4ml", ".trl4ml/answers", ".trl4ml/answers/asked"])
def test_a_folder_that_is_a_link_is_refused(tmp_path: Path, step: str) -> None:
    project, away = tmp_path / "project", tmp_path / "away"
    away.mkdir()
    (project / step).parent.mkdir(parents=True)
    (project / step).symlink_to(away)
    with pytest.raises(
        WrongInput, match="is a link; remove it, so that records stay in the project"
    ):
        Records(project).add(said())
    assert list(away.iterdir()) == []


def test_a_folder_that_refuses_is_one_sentence_and_leaves_no_half(tmp_path: Path) -> None:
    (tmp_path / ".trl4ml").write_text("a file, not a folder")
    with pytest.raises(
        WrongInput, match=r"cannot be written \(Not a directory\); nothing was recorded"
    ):
        Records(tmp_path).add(said())


def test_what_could_not_be_read_back_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(WrongInput, match="asked: more than 100 kB to record; give a shorter note"):
        Records(tmp_path).add(said(note="x" * 200_000))
    assert not (tmp_path / ".trl4ml/answers/asked").exists()


# The command.


def test_an_answer_is_recorded_and_the_level_that_moved_is_told(
    tmp_path: Path, answer: AnswerIt
) -> None:
    lay_out(tmp_path, TINY)
    code, out, err = answer("idea-reviewed", "yes", "--by", "Bob <b@x.org>", "--note", "read  it\n")
    first, second = out.splitlines()
    assert code == 0
    assert first.startswith(
        "recorded: idea-reviewed: yes, by Bob <b@x.org>, in .trl4ml/answers/idea-reviewed/"
    )
    assert second == "tiny: level none → 0"
    assert err == ""
    (kept,) = Records(tmp_path).answers()
    assert (kept.note, kept.checklist, kept.component, kept.saw) == ("read it", "own 1", None, {})
    code, out, _ = answer("idea-reviewed", "no", "--by", "Bob", "--format", "json")
    assert (code, json.loads(out)["levels"]) == (0, {"tiny": {"before": 0, "after": None}})


def test_the_newer_answer_of_the_same_second_still_counts(tmp_path: Path, answer: AnswerIt) -> None:
    lay_out(tmp_path, TINY)
    answer("idea-reviewed", "no", "--by", "Bob")
    answer("idea-reviewed", "yes", "--by", "Bob")
    assert run.audit(tmp_path).report.supported == 0


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["idea-reviewd", "yes"], "idea-reviewd: no item in force is called so; did you mean 'idea-reviewed'?"),
        (["zzz", "yes"], "zzz: no item in force is called so; see trl4ml list items"),
        (["licence", "yes"], "licence: no person answers this, license-file decides it (license_file); if it is not met: Add LICENSE."),
        (["idea-reviewed", "na", "--note", "nope"], "idea-reviewed: 'not applicable' needs a reason of at least 10 characters; give it with --note"),
        (["idea-reviewed", "yes", "--link", "gone.md"], "link gone.md: cannot be read (No such file or directory); give a file of the project by its path from the folder of trl4ml.yaml, or an address that begins with https://"),
        (["idea-reviewed", "yes", "--link", "../x"], "link ../x: leaves the project; give a path from the folder of trl4ml.yaml, or an address that begins with https://"),
        *((["idea-reviewed", "yes", "--link", link], f"link {link}: leads into .git/ or .trl4ml/, which change by themselves and show nothing; link to a file of your own")
          for link in (".git/HEAD", "./.trl4ml/notes.md", "x/../.git/HEAD", "notes", "sub/.git/config")),
        (["idea-reviewed", "yes", "--link", "/etc/passwd"], "link /etc/passwd: leaves the project; give a path from the folder of trl4ml.yaml, or an address that begins with https://"),
        (["idea-reviewed", "yes", "--link", "away"], "link away: cannot be read (it is a link that leaves the project); give a file of the project by its path from the folder of trl4ml.yaml, or an address that begins with https://"),
        (["idea-reviewed", "yes", "--note", "a\x1b[31m"], "note: character 2 cannot be printed; leave it out"),
        (["idea-reviewed", "yes", "--note", "x" * 2001], "note: longer than 2000 characters; put it into a file of the project, and link to that"),
        (["idea-reviewed", "yes", "--by", "x" * 201], "--by: longer than 200 characters; shorten it"),
        (["idea-reviewed", "yes", "--by", " "], "who answers is not known: give --by 'Name <address>', or tell git with: git config user.name 'Name'; git config user.email address"),
        (["works", "yes"], "works: say with --environment where it was observed (synthetic, simulation, lab, shadow, production); what is further from use than lab does not count"),
        (["card-true", "yes"], "card-true: there is nothing to say yes to yet (there is no model card (MODEL_CARD.md, or a README.md with its front matter)); first: Write the card."),
        (["idea-reviewed", "yes", "--component", "tony"], "--component tony: trl4ml.yaml has no such component; did you mean 'tiny'?; it has tiny"),
    ],
)  # fmt: skip
def test_what_cannot_be_recorded_is_one_sentence_and_nothing_is_written(
    tmp_path: Path, answer: AnswerIt, arguments: list[str], says: str
) -> None:
    lay_out(tmp_path, TINY)
    lay_out(
        tmp_path, {".git/HEAD": "x", ".trl4ml/notes.md": "x", "sub/.git/config": "x", "x/y": ""}
    )
    (tmp_path / "away").symlink_to("/etc/passwd")
    (tmp_path / "notes").symlink_to(".trl4ml/notes.md")
    by = [] if "--by" in arguments else ["--by", "Bob"]
    assert answer(*arguments, *by) == (2, "", f"trl4ml: {says}\n")
    assert not (tmp_path / ".trl4ml/answers").exists()


def test_who_answers_is_known_from_git(tmp_path: Path, answer: AnswerIt) -> None:
    lay_out(tmp_path, TINY, git=True)
    for name, value in (("user.name", "Cleo"), ("user.email", "cleo@x.org")):
        subprocess.run(["git", "-C", tmp_path, "config", name, value], check=True)
    answer("idea-reviewed", "yes")
    assert Records(tmp_path).answers()[0].by == "Cleo <cleo@x.org>"


def test_one_clock_that_is_far_ahead_does_not_push_the_next_answer_ahead(
    tmp_path: Path, answer: AnswerIt
) -> None:
    lay_out(tmp_path, TINY)
    now = datetime.now(UTC).replace(microsecond=0)
    Records(tmp_path).add(said("no", item="idea-reviewed", at=now + timedelta(hours=24)))
    answer("idea-reviewed", "yes", "--by", "Bob")
    bob = next(one for one in Records(tmp_path).answers() if one.by == "Bob")
    assert now <= bob.at < now + timedelta(hours=1)


def test_a_clock_of_another_time_zone_is_followed_so_that_the_new_answer_is_the_newest(
    tmp_path: Path, answer: AnswerIt
) -> None:
    lay_out(tmp_path, TINY)
    ahead = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=12)
    Records(tmp_path).add(said("no", item="idea-reviewed", at=ahead))
    answer("idea-reviewed", "yes", "--by", "Bob")
    assert Records(tmp_path).answers()[-1].at == ahead + timedelta(seconds=1)
    assert run.audit(tmp_path).report.supported == 0


def test_an_answer_about_a_component_that_was_renamed_is_shown_under_its_name_now(
    tmp_path: Path, answer: AnswerIt
) -> None:
    renamed = "components: [{name: b, formerly: [a]}]\n"
    lay_out(tmp_path, {**TINY, "trl4ml.yaml": TINY["trl4ml.yaml"] + renamed})
    Records(tmp_path).add(said(item="idea-reviewed", component="a"))
    _, out, _ = answer("idea-reviewed", "--format", "json")
    (shown,) = json.loads(out)["answers"]["b"]
    assert (shown["by"], shown["stale"]) == ("Ada <ada@x.org>", "")


def test_the_project_may_be_elsewhere(tmp_path: Path, answer: AnswerIt) -> None:
    lay_out(tmp_path / "elsewhere", {**TINY, "minutes.md": "yes"})
    here = ("--project", "elsewhere")
    code, _, err = answer("idea-reviewed", "yes", "--by", "Bob", "--link", "minutes.md", *here)
    assert (code, err) == (0, "")
    assert Records(tmp_path / "elsewhere").answers()[0].link == "minutes.md"
    assert answer("idea-reviewed", "--project", "nowhere")[2] == (
        "trl4ml: nowhere: not a folder; give the folder that holds trl4ml.yaml\n"
    )


def test_an_answer_written_by_hand_whose_link_nobody_looked_at_is_shown_as_such(
    tmp_path: Path, answer: AnswerIt
) -> None:
    lay_out(tmp_path, {**TINY, "minutes.md": "yes"})
    Records(tmp_path).add(said(item="idea-reviewed", link="minutes.md"))
    _, out, _ = answer("idea-reviewed")
    assert "Ada <ada@x.org> (minutes.md, which was not looked at)" in " ".join(out.split())


def test_not_applicable_needs_somebody_else_too_where_a_yes_does(
    tmp_path: Path, answer: AnswerIt
) -> None:
    lay_out(tmp_path, {**TINY, "own.yaml": INDEPENDENT})
    reason = ("--note", REASON)
    code, _, err = answer("idea-reviewed", "na", "--by", "Ada", *reason)
    assert code == 0
    assert err.startswith("idea-reviewed is not met yet for tiny: not applicable, says Ada (")
    assert err.endswith("but it takes as many who do not own it as a yes would\n")
    assert answer("idea-reviewed", "na", "--by", "Bob", *reason)[2] == ""
    assert run.audit(tmp_path).report.supported == 0


def test_where_nobody_is_named_as_owner_nobody_is_known_not_to_be_one(
    tmp_path: Path, answer: AnswerIt
) -> None:
    config = "name: tiny\nchecklists: [own.yaml]\n"
    lay_out(tmp_path, {**TINY, "own.yaml": INDEPENDENT, "trl4ml.yaml": config})
    code, _, err = answer("idea-reviewed", "yes", "--by", "Bob")
    assert code == 0
    assert "nobody is named as owner, so nobody is known not to be one" in err


def test_a_yes_to_what_a_measure_denies_does_not_count(tmp_path: Path, answer: AnswerIt) -> None:
    denied = OWN.replace("item_tested >= 1", "passed >= 2")
    suite = '<testsuites><testsuite><testcase name="a" classname="b"/></testsuite></testsuites>'
    lay_out(tmp_path, {**TINY, "own.yaml": denied, "results/junit.xml": suite})
    code, _, err = answer("tested", "yes", "--by", "Bob")
    assert code == 0
    assert err == (
        "tested is not met yet for tiny: test_results.passed is 1, wanted >= 2, short by 1; "
        "no answer outweighs what was measured, only a waiver does\n"
    )


def test_where_nobody_says_who_answers_nothing_is_recorded(
    tmp_path: Path, answer: AnswerIt
) -> None:
    lay_out(tmp_path, TINY, git=True)
    assert answer("idea-reviewed", "yes")[2].startswith(
        "trl4ml: who answers is not known: give --by"
    )


def test_a_yes_that_does_not_suffice_says_why(tmp_path: Path, answer: AnswerIt) -> None:
    lay_out(tmp_path, TINY)
    code, _, err = answer("works", "yes", "--environment", "simulation", "--by", "Bob")
    assert code == 0
    assert err.startswith("works is not met yet for tiny: yes, says Bob (")
    assert err.endswith("that is simulation evidence, and it must be lab or nearer to use\n")


def test_an_item_below_where_the_component_entered_is_told(
    tmp_path: Path, answer: AnswerIt
) -> None:
    entered = "components: [{name: bought, entry_level: 2, entry_reason: bought as it is}]\n"
    lay_out(tmp_path, {**TINY, "trl4ml.yaml": TINY["trl4ml.yaml"] + entered})
    code, _, err = answer("idea-reviewed", "yes", "--by", "Bob")
    says = "idea-reviewed is not judged here: it is of level 0, below where they entered\n"
    assert (code, err) == (0, says)


def test_what_settles_a_switchback_is_answered_for_its_component_alone(
    tmp_path: Path, answer: AnswerIt
) -> None:
    both = "components: [{name: a}, {name: b}]\n"
    lay_out(tmp_path, {**TINY, "trl4ml.yaml": TINY["trl4ml.yaml"] + both})
    back = Switchback(component="a", left=1, to=0, kind=SwitchbackKind.DISCOVERY, by="Ada",
                      reason="labels leak into features", at=NOON)  # fmt: skip
    Records(tmp_path).add(back)
    settles = back.settled_by
    says = f"trl4ml: {settles}: is only about a, not b\n"
    assert answer(settles, "yes", "--by", "Bob", "--component", "b") == (2, "", says)
    assert answer(settles, "yes", "--by", "Bob")[0] == 0
    assert Records(tmp_path).answers()[0].component == "a"
    says = (f"trl4ml: {settles}: is a thing to do, which 'not applicable' does not settle; "
            "answer yes when it is done, or no\n")  # fmt: skip
    assert answer(settles, "na", "--by", "Bob", "--note", REASON) == (2, "", says)
    (tmp_path / "trl4ml.yaml").write_text(TINY["trl4ml.yaml"] + "retired: [a]\n")
    says = f"trl4ml: {settles}: no item in force is called so; see trl4ml list items\n"
    assert answer(settles, "yes", "--by", "Bob") == (2, "", says)


def test_an_answer_that_confirms_what_a_probe_read_goes_stale_with_it(
    tmp_path: Path, answer: AnswerIt
) -> None:
    lay_out(tmp_path, {**TINY, "MODEL_CARD.md": CARD})
    answer("card-true", "yes", "--by", "Bob")
    assert list(Records(tmp_path).answers()[0].saw) == ["MODEL_CARD.md"]
    (tmp_path / "MODEL_CARD.md").write_text(CARD + "\nMore.\n")
    _, out, _ = answer("card-true")
    assert "no longer counts: is older than the last change of MODEL_CARD.md" in " ".join(
        out.split()
    )


def test_an_answer_that_stands_for_itself_only_rests_on_what_it_links_to(
    tmp_path: Path, answer: AnswerIt
) -> None:
    lay_out(tmp_path, {**TINY, "minutes.md": "yes", "results/junit.xml": "<testsuites/>"})
    answer("tested", "yes", "--by", "Bob", "--link", "./minutes.md")
    (kept,) = Records(tmp_path).answers()
    assert (kept.link, list(kept.saw)) == ("minutes.md", ["minutes.md"])
    (tmp_path / "minutes.md").write_text("no")
    _, out, _ = answer("tested", "--format", "json")
    assert (
        json.loads(out)["answers"]["tiny"][0]["stale"]
        == "is older than the last change of minutes.md"
    )


def test_without_an_answer_the_question_is_shown_and_who_said_what(
    tmp_path: Path, answer: AnswerIt
) -> None:
    lay_out(tmp_path, TINY)
    Records(tmp_path).add(said("no", item="idea-reviewed", days=-9000, note="\x1b[31m why"))
    code, out, err = answer("idea-reviewed")
    assert (code, err) == (0, "")
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert lines[:4] == [
        "idea-reviewed: level 0, gate", "asks Was the idea reviewed?",
        "why Two see more than one.", "wants answer",
    ]  # fmt: skip
    assert "2002-04-01 no, Ada <ada@x.org>: \\x1b[31m why" in lines
    assert len(Records(tmp_path).answers()) == 1


def test_components_that_see_different_things_get_an_answer_each(
    tmp_path: Path, answer: AnswerIt
) -> None:
    config = TINY["trl4ml.yaml"] + "components: [{name: a, paths: [a]}, {name: b, paths: [b]}]\n"
    cards = {"a/MODEL_CARD.md": CARD, "b/MODEL_CARD.md": CARD + "b"}
    lay_out(tmp_path, {**TINY, "trl4ml.yaml": config, **cards})
    answer("card-true", "yes", "--by", "Bob")
    assert sorted(str(one.component) for one in Records(tmp_path).answers()) == ["a", "b"]
    answer("idea-reviewed", "yes", "--by", "Bob")
    reviewed = [one for one in Records(tmp_path).answers() if one.item == "idea-reviewed"]
    assert [one.component for one in reviewed] == [None]
    statuses = {
        (c.name, v.item): v.status
        for c in run.audit(tmp_path).report.components
        for v in c.verdicts
    }
    assert statuses["a", "card-true"] == statuses["b", "card-true"] == Status.MET


def test_git_that_ignores_the_answers_is_a_warning(tmp_path: Path, answer: AnswerIt) -> None:
    lay_out(tmp_path, {**TINY, ".gitignore": ".trl4ml/\n"}, git=True)
    code, _, err = answer("idea-reviewed", "yes", "--by", "Bob")
    assert (code, err) == (
        0,
        "git ignores .trl4ml/answers, so nobody else will see the answers; "
        "take the line out of .gitignore\n",
    )


def test_a_link_to_what_git_ignores_is_a_warning(tmp_path: Path, answer: AnswerIt) -> None:
    lay_out(tmp_path, {**TINY, ".gitignore": "/out/\n", "out/run.log": "x"}, git=True)
    code, _, err = answer("idea-reviewed", "yes", "--by", "Bob", "--link", "out/run.log")
    assert (code, err) == (
        0,
        "git ignores out/run.log, so elsewhere the answer will count as out of date; "
        "link to what git keeps, or to an address\n",
    )


# Two branches.


def git(folder: Path, *command: str) -> str:
    me = {"GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@x", "GIT_COMMITTER_NAME": "A",
          "GIT_COMMITTER_EMAIL": "a@x"}  # fmt: skip
    done = subprocess.run(["git", "-C", folder, *command], check=True, capture_output=True, text=True,
                          env={**os.environ, **me})  # fmt: skip
    return done.stdout


def on_branch(folder: Path, name: str, *answers: Answer) -> None:
    git(folder, "switch", "-q", "-C", name, "main")
    for one in answers:
        Records(folder).add(one)
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", name)


def test_two_branches_that_both_answered_merge_without_a_conflict_either_way(
    tmp_path: Path,
) -> None:
    lay_out(tmp_path, TINY, git=True)
    ours = [said(item="idea-reviewed", by="Bob"), said(item="works", environment=Environment.LAB)]
    theirs = [said("no", item="idea-reviewed", by="Cleo"), said(item="tested", by="Cleo")]
    on_branch(tmp_path, "ours", *ours)
    on_branch(tmp_path, "theirs", *theirs)
    reports = []
    for first, second in (("ours", "theirs"), ("theirs", "ours")):
        git(tmp_path, "switch", "-q", "-C", f"merged-{first}", first)
        git(tmp_path, "merge", "-q", "--no-edit", second)
        assert git(tmp_path, "diff", "--name-only", "--diff-filter=U") == ""
        assert len(Records(tmp_path).answers()) == 4
        reports.append(run.audit(tmp_path, today=date(2026, 11, 21)).report)
    assert reports[0] == reports[1]
    verdict = next(v for v in reports[0].components[0].verdicts if v.item == "idea-reviewed")
    assert verdict.message == "no, says Cleo (2026-11-21)"
