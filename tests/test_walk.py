"""The walk: asks only what a person must answer, keeps each answer at once, loses nothing."""

import io
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pexpect
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import Run
from tests.test_answers import CARD, INDEPENDENT, OWN, TINY
from trl4ml import cli, questioning, run
from trl4ml.core.answer import Answer, Said
from trl4ml.store.records import Records
from trl4ml.testing import lay_out
from trl4ml.walking import Round, Walk

ROOT = Path(__file__).parent.parent
PROMPT = r"\[y/n/a/s/b/\?/q\] "
NOTE, LINK = "Note, Enter for none: ", r"Enter for none: "
YES = ("y", "", "")
FULL = {**TINY, "MODEL_CARD.md": CARD}

WalkIt = Callable[..., tuple[int, str, str]]


@pytest.fixture
def walk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> WalkIt:
    """`walk("y", "", "", options=[…])`: the lines typed, from a pipe; exit code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)

    def call(*typed: str | bytes, options: tuple[str, ...] = ()) -> tuple[int, str, str]:
        lines = b"".join((t if isinstance(t, bytes) else t.encode()) + b"\n" for t in typed)
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(lines), encoding="utf-8"))
        with pytest.raises(SystemExit) as ended:
            cli.start(["walk", "--by", "Bob", *options])
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out, err

    return call


def asked(out: str) -> list[str]:
    """The items that were asked, in order."""
    return re.findall(r"^Question .* (\S+)\.$", out, re.MULTILINE)


def records(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.glob(".trl4ml/answers/*/*.json")}


def answers(folder: Path) -> list[tuple[str, str]]:
    return [(one.item, one.answer.value) for one in Records(folder).answers()]


# Where the walk goes, without any project.


def test_questions_come_in_order_and_what_is_skipped_comes_once_more_at_the_end() -> None:
    now = Round("model", 0, ["a", "b", "c"])
    seen = []
    for step in (now.skip, now.settle, now.skip, now.settle, now.skip):
        seen.append((now.current, now.number))
        step()
    assert seen == [("a", 1), ("b", 2), ("c", 3), ("a", 1), ("c", 3)]
    assert now.current is None


def test_back_leads_to_the_question_before_and_what_is_settled_there_does_not_come_again() -> None:
    now = Round("model", 0, ["a", "b"])
    assert not now.back()
    now.skip()
    assert now.back()
    now.settle()
    now.settle()
    assert now.current is None


STEPS = st.lists(st.sampled_from(["settle", "skip", "back"]), max_size=40)


@given(st.integers(0, 5), STEPS)
def test_a_level_ends_whatever_is_typed_and_forgets_no_question(
    count: int, steps: list[str]
) -> None:
    items = [f"i{n}" for n in range(count)]
    now = Round("model", 0, items)
    met: set[str | None] = {None, now.current}
    for step in steps:
        if step == "back":
            now.back()
        elif now.current is not None:
            getattr(now, step)()
        met.add(now.current)
    left = 0
    while now.current is not None:
        met.add(now.current)
        now.settle()
        left += 1
    assert met == {*items, None}
    assert left <= 2 * count


def test_a_walk_goes_up_level_by_level_and_back_across_them() -> None:
    items = {("m", 0): ["a"], ("m", 1): [], ("m", 2): ["b"]}
    steps = Walk(list(items), lambda component, level: items[component, level])
    visited = []
    while steps.forward():
        visited.append(steps.round.level)
        while steps.round.current:
            steps.round.settle()
    assert visited == [0, 1, 2]
    assert steps.back()
    assert steps.round.current == "b"
    assert steps.back()
    assert (steps.round.level, steps.round.current) == (0, "a")
    assert not steps.back()
    assert steps.round.current == "a"


def test_a_walk_that_stopped_goes_on_at_the_same_or_the_next_open_question() -> None:
    order = ["a", "b", "c", "d"]
    now = Round("m", 1, ["a", "c", "d"])
    now.start_at("b", order)
    assert now.current == "c"
    now.settle()
    now.settle()
    assert now.current == "a", "what was left open before comes last"
    steps = Walk([("m", 0), ("m", 1)], lambda component, level: order)
    assert not steps.start_at("m", 7)
    assert steps.start_at("m", 1)
    assert steps.forward()
    assert steps.round.level == 1
    assert not steps.forward()


# What is asked, from a pipe.


def test_a_walk_to_the_target_is_met_and_exits_0(tmp_path: Path, walk: WalkIt) -> None:
    lay_out(tmp_path, FULL)
    code, out, err = walk(*YES, *YES, "y", "lab", "it works", "", *YES, options=("--level", "2"))
    assert (code, err) == (0, "")
    assert asked(out) == ["idea-reviewed", "card-true", "works", "tested"]
    for says in (
        "A walk of tiny up to level 2: 4 questions for Bob.",
        "Level 0 of tiny: First Principles (research).",
        "1 of 2 items settled by probes, 0 by people.",
        "1 question for you.",
        "Level 0 is met. tiny now supports level 0.",
        "Level 1 is met. tiny now supports level 1.",
        "Level 2 is met. tiny now supports level 2.",
        "The walk is done. 4 answers are kept in .trl4ml/answers.",
        "tiny supports level 2.",
        "Go on with: trl4ml walk --level 3",
    ):
        assert f"{says}\n" in out
    assert {one.component for one in Records(tmp_path).answers()} == {"tiny"}
    assert not (tmp_path / ".trl4ml/store/walk.json").exists()


def test_a_walk_whose_target_is_not_met_exits_1_and_says_what_it_waits_for(
    tmp_path: Path, walk: WalkIt
) -> None:
    lay_out(tmp_path, {**FULL, "LICENSE": ""})
    (tmp_path / "LICENSE").unlink()
    code, out, _ = walk("n", "", "")
    assert code == 1
    assert "1 waits for the project (type probes).\n" in out
    assert "If not: Ask somebody. (hours)\n" in out
    tail = out[out.index("Level 0 of tiny is not met yet.") :].splitlines()
    assert tail[0] == "Level 0 of tiny is not met yet. It waits for 2 items:"
    assert tail[1] == "licence: not met: there is no licence file in the top folder"
    assert tail[2] == "To do: Add LICENSE. (minutes)"
    assert tail[3].startswith("idea-reviewed: not met: no, says Bob (")
    assert tail[-2:] == [
        "tiny is below its entry level; 2 gate items up to level 0 are open.",
        "What else to do: trl4ml audit",
    ]


def test_lines_that_end_too_early_end_the_walk_politely(tmp_path: Path, walk: WalkIt) -> None:
    lay_out(tmp_path, FULL)
    code, out, _ = walk("y", "", options=("--level", "1"))
    assert code == 1
    assert out.endswith("\nStopped. No answer was given. Go on with: trl4ml walk\n")
    done = subprocess.run(["sh", "-c", f"{sys.executable} -m trl4ml walk --by Bob <&-"], cwd=tmp_path,
                          capture_output=True, text=True, check=False)  # fmt: skip
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.endswith("\nStopped. No answer was given. Go on with: trl4ml walk\n")


def test_a_level_that_is_met_with_nothing_to_ask_is_one_line(tmp_path: Path, walk: WalkIt) -> None:
    lay_out(tmp_path, FULL)
    walk(*YES)
    _, out, _ = walk(options=("--level", "1"))
    lines = out.splitlines()
    assert lines[:5] == [
        "A walk of tiny up to level 1: 1 question for Bob.",
        "Each answer is kept at once in .trl4ml/answers. Stop whenever you like.",
        "Level 0 of tiny, First Principles: met, nothing to ask.",
        "",
        "Level 1 of tiny: Goal-Oriented Research (research).",
    ]


def test_what_probes_decide_alone_or_still_miss_is_not_asked(tmp_path: Path, walk: WalkIt) -> None:
    lay_out(tmp_path, TINY)
    _, out, _ = walk("probes", "s", "s", "s", "s", "s", options=("--level", "2"))
    assert "card-true" not in asked(out)
    assert "Nothing at this level waits for the project.\n" in out
    assert "Level 1 of tiny is not met yet. It waits for 1 item:\ncard-true: " in out


def test_what_was_answered_is_not_asked_again_unless_all_is_wanted(
    tmp_path: Path, walk: WalkIt
) -> None:
    lay_out(tmp_path, TINY)
    assert asked(walk(*YES)[1]) == ["idea-reviewed"]
    assert asked(walk(options=("--level", "0"))[1]) == []
    _, out, _ = walk("n", "", "", options=("--level", "0", "--all"))
    assert asked(out) == ["idea-reviewed"]
    assert "So far: yes, says Bob (" in out
    assert "tiny now is below level 0.\n" in out
    assert answers(tmp_path) == [("idea-reviewed", "yes"), ("idea-reviewed", "no")]


@pytest.mark.parametrize("word", ["yes", "no"])
def test_a_stale_answer_is_asked_again_and_says_why(
    tmp_path: Path, walk: WalkIt, word: str
) -> None:
    lay_out(tmp_path, FULL)
    walk(*YES, word, "", "", options=("--level", "1"))
    (tmp_path / "MODEL_CARD.md").write_text(CARD + "\nMore.\n")
    _, out, _ = walk(options=("--level", "1"))
    assert asked(out) == ["card-true"]
    stale = (
        rf"^Asked again: {word}, says Bob \(.*\); that is older than the last change of MODEL_CARD"
    )
    assert re.search(stale, out, re.MULTILINE)


def test_an_item_that_wants_somebody_independent_asks_the_next_person(
    tmp_path: Path, walk: WalkIt
) -> None:
    lay_out(tmp_path, {**TINY, "own.yaml": INDEPENDENT})
    ada = Answer(
        item="idea-reviewed", answer=Said.YES, by="Ada", at=datetime.now(UTC) - timedelta(1)
    )
    Records(tmp_path).add(ada)
    _, out, _ = walk(*YES)
    assert asked(out) == ["idea-reviewed"]
    assert (
        "So far: the number of people who say yes and do not own it is 0, wanted >= 1, short by 1\n"
        in out
    )
    assert "Level 0 is met." in out
    assert OWNS not in out


OWNS = "You own it: somebody who does not own it must say yes too.\n"


@pytest.mark.parametrize("by", ["Ada", "ADA <ada@x.org>", "Cleo <cleo@x.org>"])
def test_an_owner_is_told_before_the_answer_that_somebody_else_must_say_yes_too(
    tmp_path: Path, walk: WalkIt, by: str
) -> None:
    config = TINY["trl4ml.yaml"] + "components: [{name: tiny, owners: [cleo@x.org]}]\n"
    lay_out(tmp_path, {**TINY, "own.yaml": INDEPENDENT, "trl4ml.yaml": config})
    code, out, _ = walk(*YES, *YES, "q", options=("--by", by, "--level", "0"))
    assert out.index(OWNS) < out.index("Answer yes, no")
    assert asked(out) == ["idea-reviewed"]
    assert "do not own it is 0, wanted >= 1, short by 1\n" in out
    assert code == 1


def test_what_takes_a_stranger_waits_for_the_project_while_nobody_is_named_as_owner(
    tmp_path: Path, walk: WalkIt
) -> None:
    config = "name: tiny\nchecklists: [own.yaml]\n"
    lay_out(tmp_path, {**TINY, "own.yaml": INDEPENDENT, "trl4ml.yaml": config})
    _, out, _ = walk(options=("--level", "0"))
    assert asked(out) == []
    assert "idea-reviewed: unknown: nobody has answered\n" in out


def test_the_help_promises_no_json() -> None:
    says = subprocess.run([sys.executable, "-m", "trl4ml", "walk", "--help"], capture_output=True,
                          text=True, check=True).stdout  # fmt: skip
    assert "--format" not in says
    assert "json" not in says.casefold()


def test_back_asks_again_and_adds_an_answer(tmp_path: Path, walk: WalkIt) -> None:
    lay_out(tmp_path, FULL)
    _, out, _ = walk("b", *YES, "back", "NO", "", "", "q", options=("--level", "1"))
    assert "This is the first question.\n" in out
    assert "Back to level 0 of tiny.\n" in out
    assert asked(out) == ["idea-reviewed", "card-true", "idea-reviewed", "card-true"]
    assert answers(tmp_path) == [("idea-reviewed", "yes"), ("idea-reviewed", "no")]


def test_what_is_skipped_comes_at_the_end_of_the_level_and_in_the_next_walk(
    tmp_path: Path, walk: WalkIt
) -> None:
    lay_out(tmp_path, {**TINY, "own.yaml": OWN.replace("level: 2", "level: 0")})
    code, out, _ = walk("s", "skip", "s", "s", "s", "s")
    assert asked(out) == ["idea-reviewed", "works", "tested"] * 2
    assert out.count("Once more, what was skipped at this level.\n") == 1
    assert "3 questions for you are open; ask again with: trl4ml walk\n" in out
    assert asked(walk("q")[1]) == ["idea-reviewed"]
    assert code == 1


def test_a_walk_that_was_left_goes_on_where_it_stopped(tmp_path: Path, walk: WalkIt) -> None:
    lay_out(tmp_path, {**TINY, "own.yaml": OWN.replace("level: 2", "level: 0")})
    code, out, _ = walk("s", "y", "lab", "", "", "q")
    assert code == 0
    assert out.endswith("\nStopped. 1 answer is kept in .trl4ml/answers. Go on with: trl4ml walk\n")
    kept = tmp_path / ".trl4ml/store/walk.json"
    assert json.loads(kept.read_text()) == {"component": "tiny", "item": "tested"}
    _, out, _ = walk("q")
    assert "Going on at level 0 of tiny, where the last walk stopped (tested).\n" in out
    _, out, _ = walk("s", *YES, *YES)
    assert asked(out) == ["tested", "idea-reviewed", "tested"]


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"\xff\xfe", b'{"component": 1}', b"[" * 9000, b"0" * 9000]
)
def test_a_broken_place_is_told_and_the_walk_starts_at_the_beginning(
    tmp_path: Path, walk: WalkIt, content: bytes
) -> None:
    lay_out(tmp_path, TINY)
    walk("q")
    (tmp_path / ".trl4ml/store/walk.json").write_bytes(content)
    code, out, err = walk("q")
    assert code == 0
    assert err.endswith("walk.json: is not the place of a walk, so it starts at the beginning\n")
    assert asked(out) == ["idea-reviewed"]


def test_a_place_that_is_gone_is_no_reason_to_stop(tmp_path: Path, walk: WalkIt) -> None:
    lay_out(tmp_path, TINY)
    walk("q")
    place = tmp_path / ".trl4ml/store/walk.json"
    place.write_text('{"component": "gone", "item": "gone"}')
    assert asked(walk("q")[1]) == ["idea-reviewed"]
    place.unlink()
    place.symlink_to("/etc/hostname")
    code, _, err = walk("q")
    assert (code, "walk.json: cannot be read (Too many levels of symbolic links)" in err) == (
        0,
        True,
    )
    assert Path("/etc/hostname").read_text() != place.read_text()


def test_not_applicable_needs_a_reason_and_may_be_thought_over(
    tmp_path: Path, walk: WalkIt
) -> None:
    lay_out(tmp_path, TINY)
    _, out, _ = walk("a", "", "not applicable", "too short", "there is no idea in it", "", "q")
    assert "a reason has at least 10 characters\n" in out
    (kept,) = Records(tmp_path).answers()
    assert (kept.answer, kept.note) == (Said.NOT_APPLICABLE, "there is no idea in it")


def test_where_it_was_observed_is_asked_and_what_is_too_far_is_told(
    tmp_path: Path, walk: WalkIt
) -> None:
    lay_out(tmp_path, {**TINY, "own.yaml": OWN.replace("level: 2", "level: 0")})
    _, out, _ = walk("s", "y", "", "y", "moon", "Simulation", "", "", "q")
    assert "it is one of synthetic, simulation, lab, shadow, production\n" in out
    assert "But simulation does not count here; lab, shadow, production would.\n" in out
    assert Records(tmp_path).answers()[0].environment == "simulation"


@pytest.mark.parametrize(
    ("note", "says"),
    [
        ("a\x1b[2Jb", "note: character 2 cannot be printed; leave it out"),
        (b"caf\xe9", "note: character 4 cannot be printed; leave it out"),
        ("x" * 2001, "note: longer than 2000 characters; put it into a file of the project, and link to that"),
        ("y" * 300_000, "note: longer than 2000 characters; put it into a file of the project, and link to that"),
    ],
)  # fmt: skip
def test_hostile_lines_are_refused_and_asked_again(
    tmp_path: Path, walk: WalkIt, note: str | bytes, says: str
) -> None:
    lay_out(tmp_path, TINY)
    _, out, _ = walk("y", note, "plain", "gone.md", "LICENSE")
    assert f"\n{says}\n" in out
    assert "\nlink gone.md: cannot be read (No such file or directory); give a file of" in out
    (kept,) = Records(tmp_path).answers()
    assert (kept.note, kept.link) == ("plain", "LICENSE")


def test_anything_else_that_is_typed_is_answered_with_what_may_be(
    tmp_path: Path, walk: WalkIt
) -> None:
    lay_out(tmp_path, TINY)
    _, out, _ = walk("", "yess", b"\xff\x1b[2J", "help")
    keys = "yes, no, not applicable, skip, back, probes, quit"
    assert out.count(f"Please type one of these: {keys}\n") == 3
    assert "Met when: answer\n" in out
    assert "\x1b" not in out
    assert answers(tmp_path) == []


def test_plain_mode_is_plain_sentences_without_symbols_or_colour(
    tmp_path: Path, walk: WalkIt, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    lay_out(tmp_path, FULL)
    _, out, _ = walk("?", *YES, *YES, options=("--plain", "--level", "1"))
    assert out.isascii()
    assert "\x1b" not in out
    assert not re.search(r"^[ \t]|[\[\]|│─·→]", out, re.MULTILINE)


def test_the_names_of_the_project_cannot_write_to_the_terminal(
    tmp_path: Path, walk: WalkIt
) -> None:
    hostile = OWN.replace("Was the idea reviewed?", '"Was \\e[2J it?"')
    lay_out(tmp_path, {**TINY, "own.yaml": hostile})
    _, out, _ = walk("q")
    assert "Was \\x1b[2J it?\n" in out


def test_each_component_is_walked_in_turn_or_the_one_that_is_named(
    tmp_path: Path, walk: WalkIt
) -> None:
    config = TINY["trl4ml.yaml"] + (
        "components:\n  - {name: a, claims: 0}\n"
        "  - {name: b, entry_level: 2, entry_reason: bought as it is}\n"
    )
    lay_out(tmp_path, {**TINY, "trl4ml.yaml": config})
    _, out, _ = walk(*YES, "y", "lab", "", "", *YES)
    assert "A walk of a up to level 0 and b up to level 2: 3 questions for Bob.\n" in out
    assert asked(out) == ["idea-reviewed", "works", "tested"]
    assert "Level 2 is met. b now supports level 2.\n" in out
    assert asked(walk(options=("--component", "b", "--level", "1"))[1]) == []
    assert walk(options=("--component", "c"))[2] == (
        "trl4ml: --component c: trl4ml.yaml has no such component; it has a, b\n"
    )


def test_a_fix_made_meanwhile_counts_at_the_next_answer(tmp_path: Path) -> None:
    lay_out(tmp_path, {**FULL, "LICENSE": ""})
    (tmp_path / "LICENSE").unlink()
    child = terminal(tmp_path, "--level", "1")
    child.expect(PROMPT)
    lay_out(tmp_path, {"LICENSE": "MIT"})
    typed(child, *YES)
    child.expect("Level 0 is met. tiny now supports level 0.")
    child.expect(PROMPT)
    (tmp_path / "trl4ml.yaml").write_text("name: [")
    typed(child, *YES)
    child.expect("The walk goes on with the project as it was before.")
    child.expect("Level 1 is met. tiny now supports level 1.")
    child.expect(pexpect.EOF)


def test_a_component_that_is_renamed_meanwhile_ends_the_walk_with_a_sentence(
    tmp_path: Path,
) -> None:
    lay_out(tmp_path, TINY)
    child = terminal(tmp_path)
    child.expect(PROMPT)
    (tmp_path / "trl4ml.yaml").write_text(TINY["trl4ml.yaml"].replace("tiny", "teeny"))
    typed(child, *YES)
    child.expect(
        "trl4ml.yaml: tiny is no component any more, so this answer was not kept; start again"
    )
    assert left(child) == (2, None)
    assert answers(tmp_path) == []


def test_where_nobody_is_known_the_walk_does_not_begin(tmp_path: Path) -> None:
    lay_out(tmp_path, TINY)
    done = subprocess.run([sys.executable, "-m", "trl4ml", "walk"], cwd=tmp_path, input="y\n",
                          capture_output=True, text=True, check=False)  # fmt: skip
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("trl4ml: who answers is not known: give --by")


# In a real terminal.


def terminal(folder: Path, *options: str, **env: str) -> "pexpect.spawn[str]":
    arguments = ["-m", "trl4ml", "walk", "--by", "Bob", *options]
    child = pexpect.spawn(
        sys.executable, arguments, cwd=str(folder), encoding="utf-8", timeout=60,
        dimensions=(40, 80), env={**os.environ, "TERM": "xterm", "PYTHONPATH": str(ROOT), **env},
    )  # fmt: skip
    child.delaybeforesend = None
    return child


def typed(child: "pexpect.spawn[str]", *lines: str) -> None:
    """The answers to one question, each at its prompt; the prompt of the question has been seen."""
    for number, line in enumerate(lines):
        if number:
            child.expect(": $")
        child.sendline(line)


def left(child: "pexpect.spawn[str]") -> tuple[int | None, int | None]:
    child.expect(pexpect.EOF)
    child.close()
    return child.exitstatus, child.signalstatus


def test_in_a_terminal_lines_are_coloured_and_at_most_80_columns(tmp_path: Path) -> None:
    lay_out(tmp_path, FULL)
    child = terminal(tmp_path)
    child.expect(PROMPT)
    assert "\x1b[1mLevel 0 of tiny: First Principles (research).\x1b[0m" in str(child.before)
    child.sendline("?")
    child.expect(PROMPT)
    lines = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", str(child.before)).splitlines()
    assert max(map(len, lines)) <= 80
    child.sendline("q")
    assert left(child) == (0, None)


@pytest.mark.parametrize("env", [{"TERM": "dumb"}, {"NO_COLOR": "1"}])
def test_a_terminal_that_wants_no_colour_gets_none(tmp_path: Path, env: dict[str, str]) -> None:
    lay_out(tmp_path, TINY)
    child = terminal(tmp_path, **env)
    child.expect("quit.*[:\\]] $")
    child.sendeof()
    child.expect("Stopped. No answer was given. Go on with: trl4ml walk")
    assert "\x1b[1m" not in str(child.before)
    assert left(child) == (0, None)


def test_ctrl_c_says_what_is_kept_and_exits_130(tmp_path: Path) -> None:
    lay_out(tmp_path, FULL)
    child = terminal(tmp_path, "--level", "1")
    child.expect(PROMPT)
    typed(child, *YES)
    child.expect(PROMPT)
    typed(child, "y", "half of an answer")
    child.expect(": $")
    child.sendintr()
    child.expect("Stopped. 1 answer is kept in .trl4ml/answers. Go on with: trl4ml walk")
    assert left(child) == (130, None)
    assert answers(tmp_path) == [("idea-reviewed", "yes")]


# From a fresh project to level 2, by the real checklists.

FRESH = {
    "trl4ml.yaml": """\
name: churn
owners: [Ada <ada@x.org>]
components: [{name: churn-model, claims: 2}]
checklists: [mltrl, engineering, data, ethics, ml-test-score]
registers:
  requirements:
    - id: "1"
      statement: Churn is found a month ahead with a recall of at least 0.6.
      kind: technical
      verification: {method: test}
      validation: {method: trial}
      p: 0.2
      value: 5
  datasets:
    - {id: calls, kind: real, version: v1, owner: Ada, band: B1, used_for: [training]}
  assumptions:
    - id: simulated-callers
      statement: Simulated callers hang up as often as real ones do.
      kind: data
      level: 2
      owner: Ada
      simulation: true
      status: holds
      last_verified: 2026-11-01
""",
    "LICENSE": "MIT License\n\nPermission is hereby granted, free of charge, to any person.\n",
    "data/calls.csv": "id,left\n1,0\n2,1\n",
    "train.py": "import mlflow\nimport random\n\nrandom.seed(1)\nmlflow.log_metric('recall', 0.6)\n",
    "mlruns/0/4f1c2d3e4f5a6b7c8d9e0f1a2b3c4d5e/meta.yaml": "run_id: x\n",
    "DATASHEET.md": "# Datasheet\n\n"
    + "".join(
        f"## {name}\n\nGathered by the sales team in 2024 to learn why customers leave.\n\n"
        for name in ("Motivation", "Composition", "Collection Process", "Uses", "Maintenance")
    ),
}


def answer_on(child: "pexpect.spawn[str]", most: int) -> int:
    """Say yes to at most so many questions, and wait until the last is kept; how many there were."""
    for count in range(most):
        if child.expect([PROMPT, "The walk is done"]) == 1:
            return count
        child.sendline("y")
        while child.expect([r"Kept: yes\.", NOTE, LINK, "Where was it observed.*: $"]):
            child.sendline("lab" if "Where was" in str(child.after) else "")
    return most


@pytest.mark.slow
def test_from_a_fresh_project_to_level_2_interrupted_and_killed_half_way(
    tmp_path: Path, trl4ml: Run
) -> None:
    lay_out(tmp_path, FRESH, git=True)
    child = terminal(tmp_path)
    assert answer_on(child, 3) == 3
    child.expect(PROMPT)
    child.sendintr()
    child.expect("Stopped. 3 answers are kept")
    assert left(child) == (130, None)

    assert trl4ml("card", "trl").returncode == 0
    now = questioning.look(tmp_path)
    missing = [v for n in range(3) for v in questioning.waiting(now, "churn-model", n) if v.gate]
    assert not missing, "what this project still owes to the checklists before people are asked"

    child = terminal(tmp_path)
    child.expect("Going on at level 0 of churn-model, where the last walk stopped")
    child.expect("[0-9]+ questions for you")
    assert answer_on(child, 9) == 9
    child.expect(PROMPT)
    child.sendline("y")
    child.expect(NOTE)
    child.sendline("half of an ans")
    child.kill(signal.SIGKILL)
    assert left(child) == (None, signal.SIGKILL)
    kept = records(tmp_path)
    assert len(kept) == 12

    child = terminal(tmp_path)
    log = io.StringIO()
    child.logfile_read = log
    answer_on(child, 99)
    assert left(child) == (0, None)
    out = log.getvalue()
    assert "Going on at level 1 of churn-model" in out
    assert "Level 1 is met. churn-model now supports level 1." in out
    assert "Level 2 is met. churn-model now supports level 2." in out
    assert kept.items() <= records(tmp_path).items(), "nothing was edited"
    every = answers(tmp_path)
    assert len(every) == len(set(every)), "nothing was asked twice"
    assert run.audit(tmp_path).report.supported == 2
