"""The pages of reviews: what each says, and that nothing on them is more than text."""

import json
import re
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from tests.making import TODAY, evidence, item, report
from tests.reviewed import CAROL, POLICY, found
from tests.test_render import HOSTILE, whole
from trl4ml import resources, siting
from trl4ml.core.canonical import canonical, digest
from trl4ml.core.evidence import Outcome
from trl4ml.core.panel import Forge
from trl4ml.core.project import Component
from trl4ml.core.report import Report
from trl4ml.core.review import Statement, payload
from trl4ml.core.standing import Checked, Standing, Verified
from trl4ml.portfolio import _kept, in_order
from trl4ml.presenting import Found, made
from trl4ml.readers.generated import generated
from trl4ml.render.pages.reviews import MOST, Passkey, skeletons
from trl4ml.store.made import MANIFEST, Made

TEMPLATES = resources.folder("templates")
OURS = ("reviews.md", "sign.md", "enrol.md", "data/report.json", "data/review.json")


def statement(**more: Any) -> Statement:
    given = {
        "decision": "approve", "project": "p", "level": 4, "role": "engineering",
        "reviewer": CAROL, "reason": "I looked.", "policy": {"sha256": POLICY.digest},
        "createdAt": "2026-11-21T09:00:00Z", "prev": None, **more,
    }  # fmt: skip
    subject = [{"name": "report.json", "digest": {"sha256": "0" * 64}}]
    return Statement.model_validate_json(json.dumps({"_type": "https://in-toto.io/Statement/v1", "subject": subject, "predicate": given}))  # fmt: skip


def note(number: int = 1, standing: Standing = Standing.COUNTS, says: str = "", **more: Any) -> Checked:  # fmt: skip
    said = statement(**more)
    name = sha256(payload(said)).hexdigest()
    path = f".trl4ml/reviews/000000000000/{number:06}-{name[:12]}.json"
    return Checked(name, path, number, standing, says, said, CAROL, "passkey", "SHA256:abc")


def page_of(*notes: Checked, **more: Any) -> str:
    return made(found(whole(), verified=Verified(notes, **more)))["reviews.md"]


# --- where reviews are in force, and where not


def test_where_no_reviews_are_in_force_no_page_speaks_of_them() -> None:
    one = whole()
    parts = tuple(Component(name=c.name, kind=c.kind) for c in one.components)
    files = made(Found(one, lambda of, name: None, parts, TODAY))
    assert not set(OURS) & set(files)
    assert "reviews.md" not in files["index.md"]


def test_where_reviews_are_in_force_the_first_page_leads_to_them() -> None:
    files = made(found(whole()))
    assert set(OURS) <= set(files)
    assert "[reviews](reviews.md)" in files["index.md"]
    for name in OURS[:3]:
        assert f"]({name})" in files["index.md"]
    assert in_order(files)[:4] == ["index.md", "reviews.md", "sign.md", "enrol.md"]


def test_without_rules_to_sign_by_there_is_no_page_to_sign_on() -> None:
    says = "the base branch main has no .trl4ml/trust yet; merge it there first"
    files = made(found(whole(), problem=says))
    assert set(OURS) & set(files) == {"reviews.md"}
    assert "**Nobody's review counts yet.** the base branch main has no" in plain(
        files["reviews.md"]
    )
    assert "sign.md" not in files["reviews.md"]


def plain(page: str) -> str:
    return re.sub(r"&#(\d+);", lambda found: chr(int(found[1])), page)


def test_the_same_report_and_ledger_give_the_same_bytes() -> None:
    assert made(found(whole())) == made(found(whole()))


# --- what is signed


def test_report_json_is_the_canonical_json_of_the_evidence_alone() -> None:
    evidence_alone, shown = whole(), report([item("a")], [evidence("probe-a")])
    files = made(found(evidence_alone, shown))
    assert files["data/report.json"].encode() == canonical(evidence_alone)
    told = json.loads(files["data/review.json"])
    assert told["report"] == sha256(files["data/report.json"].encode()).hexdigest()
    assert digest(evidence_alone) in files["reviews.md"]


def test_review_json_tells_who_may_sign_with_what_and_what_comes_next() -> None:
    forge = Forge(kind="github", url="https://github.com/o/r")
    policy = POLICY.model_copy(update={"origins": ("https://r.example.org",), "forge": forge})
    last = note(3, createdAt="2026-11-21T10:00:00Z")
    given = found(
        whole(), policy=policy, manifests={"model.json": "a" * 64},
        verified=Verified((note(), last), ("x: was dropped",), last.digest),
        passkeys=(Passkey(CAROL, "AAAA"),), owners={"model": [CAROL]}, folder="models/a",
    )  # fmt: skip
    told = json.loads(made(given)["data/review.json"])
    assert told["people"] == {
        "carol@example.org": {"roles": ["engineering", "product"], "passkeys": ["AAAA"]},
        "dan@example.org": {"roles": ["product"], "passkeys": []},
    }
    assert told["panels"]["4"] == {"roles": {"engineering": 1, "product": 1}, "people": 2}
    assert "0" not in told["panels"]
    assert (told["tip"], told["next"], told["tip_at"]) == (last.digest, 4, "2026-11-21T10:00:00Z")
    assert (told["policy"], told["origins"]) == (policy.digest, ["https://r.example.org"])
    assert (told["folder"], told["owners"]) == ("models/a", {"model": [CAROL]})
    assert told["forge"] == {"kind": "github", "url": "https://github.com/o/r", "branch": "main"}
    assert told["manifests"] == {"model.json": "a" * 64}
    assert told["faults"] == ["x: was dropped"]
    assert [one["digest"] for one in told["notes"]] == [last.digest, note().digest]


def test_the_first_note_of_a_ledger_has_number_one_and_no_note_before_it() -> None:
    told = json.loads(made(found(whole()))["data/review.json"])
    assert (told["tip"], told["next"], told["tip_at"]) == (None, 1, None)


def test_open_questions_are_those_that_people_answer_lowest_level_first() -> None:
    asked = [item("late", 3, "answer"), item("said", 1, "answer"), item("measured", 0, "probe_a")]
    told = json.loads(made(found(report(asked, [])))["data/review.json"])
    assert told["questions"] == [
        {"item": "said", "level": 1, "components": ["model"]},
        {"item": "late", "level": 3, "components": ["model"]},
    ]


@pytest.mark.parametrize(("outcome", "waits"), [(Outcome.YES, []), (Outcome.UNKNOWN, [0])])
def test_review_json_tells_which_levels_wait_for_their_panel(
    outcome: Outcome, waits: list[int]
) -> None:
    told = json.loads(made(found(whole(), gated(outcome, "said")))["data/review.json"])
    assert told["waits"] == waits


def test_open_conditions_stand_on_both_pages() -> None:
    asked = [item("condition-0123456789ab-1", 1, "probe_b", ask="Is the condition met: test it?")]
    shown = report(asked, [evidence("probe-b", Outcome.NO, "nobody has")])
    files = made(found(whole(), shown))
    told = json.loads(files["data/review.json"])
    says = "Is the condition met: test it?"
    assert told["conditions"] == [{"component": "model", "level": 1, "says": says}]
    assert f"(items.md#condition-0123456789ab-1): {says} nobody has" in plain(files["reviews.md"])


def test_a_note_that_nobody_signed_has_no_voice_on_the_page_of_signing() -> None:
    forged = note(2, Standing.REFUSED, "the key is on no line")._replace(signer="")
    files = made(found(whole(), verified=Verified((note(), forged))))
    assert [one["digest"] for one in json.loads(files["data/review.json"])["notes"]] == [
        note().digest
    ]
    assert f"### 2. somebody who says to be {CAROL} approves" in plain(files["reviews.md"])


# --- what the page of reviews says


def gated(outcome: Outcome, says: str) -> Report:
    items = [item("a", 0), item("review-level-0", 0, "review_level_0")]
    return report(items, [evidence("probe-a"), evidence("review-level-0", outcome, says)])


@pytest.mark.parametrize(("outcome", "first"), [
    (Outcome.YES, "Approved: 1 of the 1 gates below."),
    (Outcome.UNKNOWN, "Approved: 0 of the 1 gates below."),
])  # fmt: skip
def test_the_page_says_first_how_many_gates_have_their_review(outcome: Outcome, first: str) -> None:
    page = made(found(whole(), gated(outcome, "lacks 1 product")))["reviews.md"]
    assert page.splitlines()[:3] == ["# Reviews of p", "", first]
    assert "| model | 0, First Principles |" in page
    assert "lacks 1 product" in page


@pytest.mark.parametrize("standing", Standing)
def test_every_note_is_shown_with_where_it_stands_and_why(standing: Standing) -> None:
    says = "" if standing is Standing.COUNTS else "the evidence has changed since"
    page = plain(page_of(note(standing=standing, says=says)))
    assert "### 1. carol@example.org approves" in page
    assert f">{standing.value}</span> every component, up to level 4, as engineering" in page
    assert ("Why it does not count: the evidence has changed since" in page) is bool(says)
    assert "> I looked." in page
    assert "signed with a passkey <code>SHA256:abc</code>" in page


@pytest.mark.parametrize(("more", "says"), [
    ({"decision": "reject", "component": "model"}, "model, from level 4, as engineering"),
    ({"decision": "approve-with-conditions", "conditions": ["Test at night."]}, "* Condition: Test at night."),
    ({"decision": "revoke", "revokes": "b" * 64}, f"It takes back the note <code>{'b' * 12}</code>."),
    ({"answers": [{"item": "said", "answer": "not_applicable", "remark": "no people"}]}, "* said: not applicable, no people"),
    ({"expiresAt": "2027-01-01T00:00:00Z"}, "ends <time>2027-01-01T00:00:00Z</time>"),
])  # fmt: skip
def test_a_note_is_told_with_all_that_it_says(more: dict[str, Any], says: str) -> None:
    assert says in plain(page_of(note(**more)))


def test_a_note_that_cannot_be_read_is_shown_by_its_path() -> None:
    odd = Checked("", ".trl4ml/reviews/x/odd.json", 2, Standing.REFUSED, "is no note")
    page = plain(page_of(odd))
    assert "### 2. somebody unknown wrote what cannot be read" in page
    assert "<code>.trl4ml/reviews/x/odd.json</code>" in page


def test_what_a_note_does_not_count_for_is_said_component_by_component() -> None:
    one = note()._replace(barred={"model": "carol@example.org owns it"})
    assert "Does not count for model: carol@example.org owns it" in plain(page_of(one))


def test_the_newest_notes_stand_first_and_a_long_ledger_is_cut() -> None:
    page = plain(page_of(*(note(n, reason=f"look {n}") for n in range(1, MOST + 3))))
    assert page.index(f"> look {MOST + 2}") < page.index(f"> look {MOST + 1}")
    assert "> look 2\n" not in page
    assert "And 2 older ones, which lie in <code>.trl4ml/reviews</code>." in page


@pytest.mark.parametrize("standing", [Standing.STALE, Standing.EXPIRED])
def test_a_rejection_that_is_out_of_date_and_holds_is_not_said_to_count_for_nothing(
    standing: Standing,
) -> None:
    says = "the evidence has changed since"
    mean = note(standing=standing, says=says, decision="reject", component="model")
    page = plain(page_of(mean))
    assert "Why it does not count" not in page
    assert (
        "This rejection holds gates back until its role approves later, or its signer takes it back, "
        f"though it is no longer new: {says}."
    ) in page
    files = made(found(whole(), verified=Verified((mean,))))
    assert json.loads(files["data/review.json"])["notes"][0]["holds"] is True


def test_a_rejection_that_its_role_has_answered_holds_nothing_back() -> None:
    mean = note(1, Standing.STALE, "old", decision="reject", component="model")
    page = plain(page_of(mean, note(2, component="model")))
    assert "holds gates back" not in page
    assert "Why it does not count: old" in page


def test_levels_of_which_the_same_is_said_stand_in_one_row() -> None:
    asked = [item(f"review-level-{level}", level, "probe_a") for level in (1, 2, 3, 5)]
    shown = report(asked, [evidence("probe-a", Outcome.NO, "rejected by dan")], level=9)
    page = plain(made(found(whole(), shown))["reviews.md"])
    assert page.splitlines()[2] == "Approved: 0 of the 4 gates below. Rejected: 4."
    assert "| model | 1 to 3 | " in page
    assert page.count("rejected by dan |") == 2


def test_who_may_review_each_level_is_told_role_by_role() -> None:
    panel = {"4": {"roles": {"engineering": 1, "product": 1}, "quorum": 3}}
    policy = POLICY.model_validate_json(
        json.dumps({**POLICY.model_dump(mode="json"), "panels": panel})
    )
    page = plain(made(found(whole(), policy=policy))["reviews.md"])
    assert (
        "| 4, Proof of Concept (PoC) Development | 1 engineering, 1 product; 3 in all | engineering: "
        "carol@example.org; product: dan@example.org, carol@example.org |"
    ) in page
    assert "| 9, Deployment | 1 product, 1 stakeholder | product: dan@example.org, carol@example.org; stakeholder: nobody yet |" in page  # fmt: skip


def test_review_json_leads_to_the_pages_on_which_the_evidence_can_be_read() -> None:
    told = json.loads(made(found(whole()))["data/review.json"])
    assert told["pages"][:3] == [
        ["index.html", "The report, with its charts"], ["items.html", "Every item"],
        ["evidence.html", "All evidence"],
    ]  # fmt: skip
    assert ["card-model.html", "TRL card of model"] in told["pages"]


def test_a_broken_ledger_is_the_first_thing_said() -> None:
    page = plain(page_of(note(), faults=("a.json: was dropped",)))
    assert page.splitlines()[2] == (
        "**The ledger of reviews is not whole, so no review counts.** a.json: was dropped"
    )


@pytest.mark.parametrize(("anchored", "says"), [
    ("", "there is no anchor yet (<code>trl4ml ledger anchor</code>)."),
    ("trl4ml-ledger/3-abc", "the newest anchor is <code>trl4ml-ledger/3-abc</code>."),
])  # fmt: skip
def test_the_limits_are_said_in_plain_words(anchored: str, says: str) -> None:
    page = plain(page_of(anchored=anchored))
    assert "It does not prove that the report was read" in page
    assert "Whoever controls the base branch controls the keys and the rules." in page
    assert "A rejection holds once its note is in the base branch." in page
    assert "name a folder outside with <code>--trust</code>" in page
    assert says in page


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_of_a_reviewer_is_neither_markdown_nor_html(text: str) -> None:
    import markdown

    text = text.encode("utf-8", "replace").decode().strip() or "x"
    mean = note(
        1, Standing.REFUSED, text, decision="approve-with-conditions", reason=text, conditions=[text],
        answers=[{"item": "said", "answer": "no", "remark": text}],
    )._replace(signer=text, path=text, key=text, barred={text: text})  # fmt: skip
    calm, mean_page = (
        re.findall(r"<(\w+)[^>]*?(\son\w+)?>", markdown.markdown(page_of(one, faults=(says,)), extensions=["tables"]))
        for one, says in ((mean, text), (mean._replace(says="x", path="x", key="x", signer="x", barred={"x": "x"}, statement=note(
            decision="approve-with-conditions", reason="x", conditions=["x"], answers=[{"item": "said", "answer": "no", "remark": "x"}]).statement), "x"))
    )  # fmt: skip
    assert calm == mean_page


# --- pages as files


def test_the_pages_are_no_input_of_the_next_audit(tmp_path: Path) -> None:
    files = made(found(whole(), verified=Verified((note(),))))
    Made(tmp_path / "p").write(files)
    names = {f"p/{name}" for name in (*files, MANIFEST)}
    assert generated(names, lambda name: (tmp_path / name).read_bytes()) == names


def test_a_folder_of_pages_brings_no_script_and_no_page_of_signing_of_its_own(
    tmp_path: Path,
) -> None:
    files = made(found(whole()))
    Made(tmp_path).write({**files, "sign.md": "---\nscript: sign\n---\n# Sign\n\n<b id='says'>"})
    kept = _kept(tmp_path)
    assert kept["sign.md"].decode() == skeletons(TEMPLATES)["sign.md"] == files["sign.md"]


@pytest.mark.parametrize(("meta", "scripts"), [
    ("script: sign", ["begin.js"]), ("script: enrol", ["begin.js"]), ("portfolio: true", ["portfolio.js"]),
    ("script: evil.js", []), ("script: [sign]", []), ("script: portfolio", []), ("title: t", []),
])  # fmt: skip
def test_a_page_may_ask_only_for_the_scripts_of_the_theme(
    tmp_path: Path, meta: str, scripts: list[str]
) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/index.md").write_text(f"---\n{meta}\n---\n# t\n", encoding="utf-8")
    siting.dress(tmp_path / "docs", tmp_path / "site", "t")
    text = (tmp_path / "site/index.html").read_text(encoding="utf-8")
    assert re.findall(r'<script src="([^"]*)"', text) == scripts
    assert text.count("<script") == len(scripts)
    assert ("script-src 'self'; require-trusted-types-for 'script'" in text) is bool(scripts)
    assert ("connect-src 'self'" in text) is (scripts == ["begin.js"])


def test_no_script_of_the_theme_writes_markup_or_asks_another_host() -> None:
    for path in (TEMPLATES / "site").glob("*.js"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(
            r"innerHTML|outerHTML|insertAdjacent|document\.write|\beval\b|Function\(", text
        ), path
        assert not re.search(r"""fetch\(\s*["'`](https?:|//)""", text), path
