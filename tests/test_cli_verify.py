"""`trl4ml verify`, `ledger`, `request-review` and the hooks, on ledgers that were really signed."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.conftest import git
from tests.desks import CAROL, SHOP, Ask, agent, ask, merged, new_key, shop_of
from tests.test_cli_sign import BOB, NOTES, sign
from trl4ml.testing import lay_out

pytestmark = pytest.mark.slow

__all__ = ["ask"]


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    for name in ("carol", "bob", "mallory"):
        new_key(folder, name)
    return folder


@pytest.fixture
def shop(tmp_path: Path, keys: Path, ask: Ask) -> Path:
    """A shop whose reviews are in force; carol's key may anchor."""
    folder = shop_of(tmp_path)
    ask(
        "reviewers",
        "add",
        CAROL,
        "--role",
        "research-lead",
        "--key",
        keys / "carol.pub",
        "--anchors",
        cwd=folder,
    )
    ask("reviewers", "add", BOB, "--role", "research", "--key", keys / "bob.pub", cwd=folder)
    merged(folder, "trust")
    return folder


@pytest.fixture
def signed(shop: Path, keys: Path, ask: Ask) -> Path:
    """With carol's approval and bob's, in the base branch."""
    assert sign(ask, shop, keys / "carol").code == 0
    assert sign(ask, shop, keys / "bob", "--role", "research").code == 0
    merged(shop, "notes")
    return shop


def paths(shop: Path) -> list[Path]:
    return sorted((shop / NOTES).rglob("*.json"), key=lambda path: path.name)


def test_every_note_is_told_then_the_panels_then_what_protects_the_tip(
    signed: Path, ask: Ask
) -> None:
    done = ask("verify", cwd=signed)
    lines = done.out.splitlines()
    assert done.code == 0
    assert lines[0].startswith(
        f"000001 counts: {CAROL} approves all components at level 0 as research-lead, "
    )
    assert lines[1].startswith(
        f"000002 counts: {BOB} approves all components at level 1 as research, "
    )
    assert lines[2] == f"panel of shop, level 0: has approved: approved by {CAROL} (research-lead)"
    assert lines[3].startswith(
        "panel of shop, level 1: has not approved: the panel lacks 1 research"
    )
    assert lines[4].startswith(
        "not anchored: who may rewrite the base branch may rewrite the ledger unseen"
    )
    assert lines[5].startswith("2 notes: 2 counts; report ")


def test_as_data_it_has_every_field(signed: Path, ask: Ask) -> None:
    plain = json.loads(ask("verify", "--format", "json", cwd=signed).out)
    assert plain["faults"] == []
    assert plain["project"] == "shop"
    assert plain["panels"]["shop"]["0"]["outcome"] == "yes"
    assert len(plain["panels"]["shop"]) == 10
    first = plain["notes"][0]
    assert (first["number"], first["standing"], first["signer"], first["grade"]) == (
        1,
        "counts",
        CAROL,
        "ssh",
    )
    assert first["said"]["createdAt"].endswith("Z")
    assert plain["tip"] == plain["notes"][1]["digest"]
    assert (
        json.loads(ask("ledger", "show", "--format", "json", cwd=signed).out)["notes"]
        == plain["notes"]
    )


def broken(shop: Path, what: str) -> None:
    first, second = paths(shop)
    if what == "dropped":
        second.unlink()
    elif what == "edited":
        text = json.loads(first.read_text())
        first.write_text(
            json.dumps({**text, "signature": json.loads(second.read_text())["signature"]})
        )
    elif what == "moved":
        second.rename(second.with_name("000001" + second.name[6:]))
    elif what == "stranger":
        (second.parent / "000003-000000000000.json").write_text('{"payload": "", "signature": ""}')
    else:
        (second.parent / "notes.txt").write_text("hello")


@pytest.mark.parametrize(("what", "says"), [
    ("dropped", "was dropped: it is in main and not here"),
    ("edited", "was edited: it is not what it is in main"),
    ("moved", "was reordered: "),
    ("stranger", "000003-000000000000.json: "),
    ("odd file", "notes.txt: "),
])  # fmt: skip
def test_what_is_wrong_with_the_ledger_is_named_and_the_exit_code_is_1(
    signed: Path, ask: Ask, what: str, says: str
) -> None:
    broken(signed, what)
    done = ask("verify", cwd=signed)
    assert (done.code, says in done.out) == (1, True), done.out
    faults = [line.removeprefix("FAULT ") for line in done.out.splitlines() if "FAULT" in line]
    assert [done.out.count(one) for one in faults] == [1] * max(1, len(faults))
    assert done.out.count("\nno panel is known to approve, as the ledger is not whole\n") == 1
    quiet = ask("verify", "--quiet", cwd=signed)
    assert (quiet.code, quiet.out, says in quiet.err) == (1, "", True)
    assert ask("audit", cwd=signed).code == 1
    linted = ask("lint", next((signed / NOTES).rglob("*.json")), cwd=signed)
    assert (linted.code, says in linted.err) == (2, True)


def test_quiet_says_nothing_while_all_is_well(signed: Path, ask: Ask) -> None:
    assert ask("verify", "--quiet", cwd=signed) == (0, "", "")


def test_stored_evidence_that_is_not_current_is_told(signed: Path, ask: Ask) -> None:
    (signed / "LICENSE").write_text("MIT License\n")
    done = ask("verify", "--stored", cwd=signed)
    assert (done.code, done.out.count(" stale: ")) == (0, 2)
    assert done.err.endswith("gather it with: trl4ml audit; until then every review is stale\n")


def test_a_key_that_is_revoked_voids_its_notes_and_is_no_complaint_about_what_was_merged_before(
    signed: Path, keys: Path, ask: Ask
) -> None:
    assert sign(ask, signed, keys / "bob", "--role", "research", decision="reject").code == 0
    merged(signed, "a rejection")
    assert "is held back" in ask("verify", cwd=signed).out
    done = ask("reviewers", "revoke", BOB, cwd=signed)
    [rejection] = [p for p in paths(signed) if p.name.startswith("000003")]
    assert (
        "2 notes that it signed count for nothing from then on; of somebody who only leaves"
        in done.err
    )
    assert f"{rejection.relative_to(signed)}: is a rejection, which no longer stands" in done.err
    merged(signed, "bob's key was stolen")
    found = ask("verify", cwd=signed)
    assert (found.code, found.out.count(" refused: bob@example.org")) == (0, 2), found.out
    assert "was revoked, which voids all that it signed" in found.out
    assert ask("verify", "--quiet", cwd=signed) == (0, "", "")
    assert ask("lint", *paths(signed), cwd=signed).code == 0
    thief = ask("reviewers", "list", cwd=signed)
    assert "revoked\n" in thief.out
    git(signed, "checkout", "-q", "-b", "late")
    git(signed, "mv", str(rejection), f"{rejection.parent}/000004-{'0' * 12}.json")
    late = ask("verify", "--quiet", "--base", "main", cwd=signed)
    assert late.code == 1


def test_a_line_that_was_taken_out_is_to_be_put_back_with_its_last_day(
    signed: Path, keys: Path, ask: Ask
) -> None:
    signers = signed / ".trl4ml/trust/allowed_signers"
    whole = signers.read_text()
    signers.write_text("".join(line for line in whole.splitlines(True) if not line.startswith(BOB)))
    merged(signed, "bob left")
    done = ask("verify", "--quiet", cwd=signed)
    assert (done.code, done.err.count("is on no line of allowed_signers in main (")) == (1, 1)
    assert done.err.endswith("(of somebody who left, put the line back with: trl4ml reviewers add WHO --key FILE --valid-until DAY)\n")  # fmt: skip
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).date()
    long_ago = ask("reviewers", "add", BOB, "--key", keys / "bob.pub", "--valid-until", "2001-01-01", cwd=signed)  # fmt: skip
    assert long_ago.code == 0, long_ago.err
    back = ask("reviewers", "add", BOB, "--key", keys / "bob.pub", "--valid-until", str(tomorrow), cwd=signed)  # fmt: skip
    assert back.code == 0, back.err
    merged(signed, "bob's line")
    past = ask("reviewers", "add", "dave@example.org", "--role", "legal", "--key", keys / "mallory.pub", "--valid-until", "2001-01-01", cwd=signed)  # fmt: skip
    assert "is past; a key that holds no more is not added" in past.err
    assert ask("verify", "--quiet", cwd=signed) == (0, "", "")


def test_a_note_of_a_revoked_key_that_comes_later_is_a_complaint(
    signed: Path, keys: Path, ask: Ask
) -> None:
    git(signed, "checkout", "-q", "-b", "change")
    assert sign(ask, signed, keys / "bob", "--role", "research", "--base", "main").code == 0
    merged(signed, "signed with what was stolen")
    git(signed, "checkout", "-q", "main")
    ask("reviewers", "revoke", BOB, cwd=signed)
    merged(signed, "stolen")
    git(signed, "checkout", "-q", "change")
    done = ask("verify", "--quiet", "--base", "main", cwd=signed)
    assert (done.code, len(done.err.splitlines())) == (1, 1), done.err
    assert "000003-" in done.err
    assert "was revoked, which voids all that it signed" in done.err


def test_nothing_can_be_verified_without_trust(tmp_path: Path, keys: Path, ask: Ask) -> None:
    shop = shop_of(tmp_path)
    none = ask("verify", cwd=shop)
    assert (none.code, "so no reviews are in force" in none.err) == (2, True)
    ask("reviewers", "add", CAROL, "--role", "research-lead", "--key", keys / "carol.pub", cwd=shop)
    early = ask("verify", cwd=shop)
    assert (
        early.code,
        "the base branch main has no .trl4ml/trust/policy.yaml yet" in early.err,
    ) == (2, True)
    nowhere = ask("verify", "--base", "nope", cwd=shop)
    assert (nowhere.code, nowhere.err.startswith("trl4ml: --base nope: ")) == (2, True)


def test_a_branch_may_add_notes_and_the_base_is_named(signed: Path, keys: Path, ask: Ask) -> None:
    git(signed, "checkout", "-q", "-b", "change")
    assert sign(ask, signed, keys / "bob", "--role", "research", decision="reject").code == 0
    merged(signed, "a rejection")
    done = ask("verify", "--base", "main", cwd=signed)
    assert (done.code, "trusted: main (" in done.out) == (0, True)
    assert "panel of shop, level 1: is held back" in done.out


def test_a_base_that_is_named_by_an_empty_variable_is_not_named(signed: Path, ask: Ask) -> None:
    for command in (("verify", "--quiet"), ("gate",)):
        done = ask(*command, cwd=signed, TRL4ML_BASE="", TRL4ML_TRUST="")
        assert (done.code, done.err) == (0, ""), done.out
    listed = ask("reviewers", "list", cwd=signed, TRL4ML_BASE="")
    assert listed.err.startswith("what counts is the list of main (")


def test_an_anchor_is_a_tag_that_stock_git_verifies(
    signed: Path, keys: Path, ask: Ask, tmp_path: Path
) -> None:
    done = ask("ledger", "anchor", "--key", keys / "carol", cwd=signed)
    assert done.code == 2
    assert "Please tell me who you are" in done.err or "identity" in done.err
    git(signed, "config", "user.name", "Carol")
    git(signed, "config", "user.email", CAROL)
    done = ask("ledger", "anchor", "--key", keys / "carol", cwd=signed)
    assert done.code == 0, done.err
    name = done.out.split("anchored by the tag ")[1].split()[0]
    assert done.out.endswith(f"next: git push REMOTE refs/tags/{name}\n")
    signers = signed / ".trl4ml/trust/allowed_signers"
    git(signed, "-c", f"gpg.ssh.allowedSignersFile={signers}", "verify-tag", name)
    assert f"anchored by the tag {name}" in ask("verify", cwd=signed).out
    again = ask("ledger", "anchor", "--key", keys / "carol", cwd=signed)
    assert (again.code, f"anchored already, by the tag {name}" in again.out) == (0, True)
    assert ask("verify", "--anchor", name, cwd=signed).code == 0
    gone = ask("verify", "--anchor", "v1", cwd=signed)
    assert (gone.code, "FAULT trl4ml-ledger/v1: there is no such tag; fetch it" in gone.out) == (
        1,
        True,
    )


def test_an_anchor_finds_a_ledger_cut_short_in_a_rewritten_history(
    signed: Path, keys: Path, ask: Ask
) -> None:
    git(signed, "config", "user.name", "Carol")
    git(signed, "config", "user.email", CAROL)
    with agent(keys / "carol") as env:
        assert ask("ledger", "anchor", "--agent", cwd=signed, **env).code == 0
    git(signed, "reset", "-q", "--hard", "HEAD~1")
    done = ask("verify", cwd=signed)
    assert (
        done.code,
        "that it anchors is missing: it was dropped or edited since" in done.out,
    ) == (1, True)
    sign_now = sign(ask, signed, keys / "bob", "--role", "research")
    assert (sign_now.code, "nothing is signed while the ledger is not whole" in sign_now.err) == (
        2,
        True,
    )


def test_the_anchor_of_one_project_is_none_of_another_in_the_same_repository(
    tmp_path: Path, keys: Path, ask: Ask
) -> None:
    top = tmp_path / "all"
    names = {"apps/one shop": "one", "apps/two": "two", ".": "three"}
    for inner, name in names.items():
        lay_out(top / inner, {**SHOP, "trl4ml.yaml": SHOP["trl4ml.yaml"].replace("name: shop\n", f"name: {name}\n", 1)})  # fmt: skip
        ask("reviewers", "add", CAROL, "--role", "research-lead", "--anchors", "--key", keys / "carol.pub", cwd=top / inner)  # fmt: skip
    git(top, "init", "-q", "-b", "main")
    git(top, "config", "user.name", "Zed")
    git(top, "config", "user.email", "zed@example.org")
    merged(top)
    tags = set()
    for inner in names:
        done = sign(ask, top / inner, keys / "carol")
        assert done.code == 0, done.err
        merged(top)
        made = ask("ledger", "anchor", inner, "--key", keys / "carol", cwd=top)
        assert made.code == 0, made.err
        tags.add(made.out.split("anchored by the tag ")[1].split("\n")[0])
    assert {tag.rpartition("/")[0] for tag in tags} == {
        "trl4ml-ledger", "trl4ml-ledger/apps/two", "trl4ml-ledger/apps/one%20shop"
    }  # fmt: skip
    for inner in names:
        for tag in tags:
            done = ask("verify", inner, "--anchor", tag, cwd=top)
            mine = f"anchored by the tag {tag}\n" in done.out
            assert (done.code == 0) is mine, done.out
            assert mine or f"FAULT {tag}: there is no such tag; fetch it" in done.out
    [two] = (top / "apps/two/.trl4ml/reviews").rglob("*.json")
    short = ask("verify", "--anchor", two.stem, cwd=top / "apps/two")
    assert (short.code, short.err) == (0, "")


def test_what_cannot_be_anchored_is_told_and_leaves_no_tag(
    shop: Path, keys: Path, ask: Ask
) -> None:
    git(shop, "config", "user.name", "Carol")
    git(shop, "config", "user.email", CAROL)
    empty = ask("ledger", "anchor", "--key", keys / "carol", cwd=shop)
    assert empty.err.startswith(
        "trl4ml: the ledger has no note to anchor; sign one first with trl4ml sign"
    )
    sign(ask, shop, keys / "carol")
    early = ask("ledger", "anchor", "--key", keys / "carol", cwd=shop)
    assert "not in main yet; a tag outlives a branch, so merge the notes there first" in early.err
    merged(shop)
    bob = ask("ledger", "anchor", "--key", keys / "bob", cwd=shop)
    assert "may not sign: the key of bob@example.org may not sign for 'git'" in bob.err
    [path] = paths(shop)
    path.write_text(path.read_text() + " ")
    assert (
        "so it is not anchored: " in ask("ledger", "anchor", "--key", keys / "carol", cwd=shop).err
    )
    assert git(shop, "tag") == ""


def test_a_request_says_what_by_whom_and_why(shop: Path, keys: Path, ask: Ask) -> None:
    done = ask("request-review", cwd=shop)
    assert done.code == 0, done.err
    assert done.out.startswith(
        "Please review shop up to level 0 (First Principles).\n\nReport: sha256 "
    )
    assert "- shop, level 0 (First Principles): the panel lacks 1 research-lead" in done.out
    assert f"- {CAROL} as research-lead\n" in done.out
    assert done.out.endswith("\nAt a terminal: trl4ml sign --level 0\n")
    sign(ask, shop, keys / "carol")
    later = ask("request-review", "--level", "2", cwd=shop)
    assert f"- {BOB} as research\n" in later.out
    assert (
        "- nobody holds the role senior-research; enter somebody with: trl4ml reviewers add"
        in later.out
    )
    plain = json.loads(ask("request-review", "--format", "json", cwd=shop).out)
    assert (plain["level"], plain["people"][0]["who"], plain["link"]) == (1, BOB, None)
    nothing = ask("request-review", "--level", "0", cwd=shop)
    assert "No panel up to level 0 lacks anything." in nothing.out
    assert ask("request-review", "--component", "shp", cwd=shop).err.startswith(
        "trl4ml: --component shp: there is no such component; did you mean 'shop'?"
    )


def test_a_request_goes_as_far_as_the_evidence_leads(tmp_path: Path, keys: Path, ask: Ask) -> None:
    own = SHOP["checklists/own.yaml"].replace("level: 0, gate: false", "level: 0")
    own = own.replace("wants: answer", "wants: license_file").replace(
        "{id: said, level: 0", "{id: said, level: 1"
    )
    shop = shop_of(tmp_path, {**SHOP, "checklists/own.yaml": own})
    ask("reviewers", "add", CAROL, "--role", "research-lead", "--key", keys / "carol.pub", cwd=shop)
    merged(shop)
    assert ask("request-review", cwd=shop).out.startswith("Please review shop up to level 1 (")
    assert ask("request-review", "--component", "shop", cwd=shop).out.startswith(
        "Please review shop up to level 1 ("
    )


def test_a_request_says_who_may_not_and_who_has_decided(
    tmp_path: Path, keys: Path, ask: Ask
) -> None:
    config = SHOP["trl4ml.yaml"].replace("ada@example.org", BOB)
    shop = shop_of(tmp_path, {**SHOP, "trl4ml.yaml": config})
    for who, name in ((CAROL, "carol"), (BOB, "bob")):
        ask("reviewers", "add", who, "--role", "research", "--key", keys / f"{name}.pub", cwd=shop)
    merged(shop)
    sign(ask, shop, keys / "carol", "--role", "research", "--level", "1")
    done = ask("request-review", "--level", "1", cwd=shop)
    assert f"- {BOB} as research: {BOB} owns shop, and nobody approves their own" in done.out
    assert f"- {CAROL} as research: has decided: approve, level 1, 20" in done.out


def test_a_request_asks_those_again_whose_word_is_out_of_date(
    shop: Path, keys: Path, ask: Ask
) -> None:
    sign(ask, shop, keys / "carol")
    merged(shop)
    (shop / "LICENSE").write_text("MIT License\n")
    done = ask("request-review", cwd=shop)
    assert (
        f"- {CAROL} as research-lead: what they said is stale, so they are asked again\n"
        in done.out
    )
    assert f"the panel lacks 1 research-lead ({CAROL})\n" in done.out
    assert "panel of shop, level 0: has not approved: the panel lacks 1 research-lead" in (
        told := ask("verify", cwd=shop).out
    )
    assert told.count("the evidence has changed since") == 1


def test_who_takes_no_part_is_not_asked(signed: Path, keys: Path, ask: Ask) -> None:
    sign(ask, signed, keys / "carol", decision="recuse")
    asked = ask("request-review", "--level", "1", cwd=signed).out
    assert f"- {CAROL} as research-lead: takes no part, as they said on 20" in asked
    sign(ask, signed, keys / "carol", "--level", "1")
    again = ask("request-review", "--level", "1", cwd=signed).out
    assert f"- {CAROL} as research-lead: has decided: approve" in again or CAROL not in again


def test_who_leaves_signs_no_more_and_what_they_signed_holds(
    signed: Path, keys: Path, ask: Ask
) -> None:
    today = datetime.now(UTC).date()
    for until, standing in ((today + timedelta(days=1), "counts"), (today - timedelta(days=1), "refused")):  # fmt: skip
        done = ask("reviewers", "add", BOB, "--valid-until", str(until), cwd=signed)
        assert (done.code, done.err) == (0, "")
        merged(signed, "bob leaves")
        found = ask("verify", cwd=signed)
        assert (found.code, f"000002 {standing}: {BOB}" in found.out) == (0, True), found.out
        assert ask("verify", "--quiet", cwd=signed) == (0, "", "")
    asked = ask("request-review", "--level", "1", cwd=signed).out
    says = "has no key that may sign today; enter one with: trl4ml reviewers add"
    assert f"- {BOB} as research: {says}\n" in asked
    no = sign(ask, signed, keys / "bob", "--role", "research")
    assert (no.code, f"the key of {BOB} is valid only before" in no.err) == (2, True)


def test_the_items_of_reviews_are_explained(signed: Path, keys: Path, ask: Ask) -> None:
    done = ask("explain", "review-level-1", cwd=signed)
    assert done.out.startswith("review-level-1: an item of reviews, level 1, gate\n")
    assert "trl4ml request-review --level 1" in " ".join(done.out.split())
    sign(ask, signed, keys / "carol", "--condition", "watch it", decision="approve-with-conditions")
    [name] = {line.split()[1].rstrip(":") for line in ask("audit", "--all", cwd=signed).out.splitlines() if " condition-" in line}  # fmt: skip
    assert f"{name}: an item of reviews, level 2" in ask("explain", name, cwd=signed).out
    other = ask("explain", "condition-none", cwd=signed)
    assert (other.code, "no item, probe or level is called 'condition-none'" in other.err) == (
        2,
        True,
    )


@pytest.mark.parametrize(("lines", "link", "pages"), [
    ("server: https://reviews.example.org\n", "In a browser: https://reviews.example.org/queue\n", ""),
    ("origins: [https://o.example.org]\n", "In a browser: https://o.example.org, there the page sign.html?level=0 of shop\n",
     "`trl4ml site build` makes the pages; the folder site belongs at https://o.example.org, where people open sign.html?level=0\n"),
    ("# no address\n", "",
     "nobody can sign in a browser yet: `trl4ml site build` makes the pages; publish the folder site under https, name its "
     "address under origins in .trl4ml/trust/policy.yaml, and have people open sign.html?level=0 there\n"),
    ("accept: [ssh]\n", "", ""),
])  # fmt: skip
def test_a_request_has_a_link_where_the_policy_has_an_address_and_says_what_makes_the_page(
    shop: Path, ask: Ask, lines: str, link: str, pages: str
) -> None:
    policy = shop / ".trl4ml/trust/policy.yaml"
    policy.write_text(policy.read_text() + lines)
    merged(shop)
    done = ask("request-review", cwd=shop)
    assert (link in done.out, "In a browser" in done.out, done.err) == (True, bool(link), pages)


WRONG_FILES = {
    "allowed_signers": ("* ssh-ed25519 AAAA\n", "allowed_signers:1: '*' stands for many people; name one person"),
    "revoked": ("x\n", "revoked:1: no public key; write its kind and its letters"),
    "policy.yaml": ("from_level: many\n", "policy.yaml:1:13: from_level: should be a whole number"),
    "notes.txt": ("hello\n", "notes.txt: nothing reads it there; .trl4ml/trust holds allowed_signers, policy.yaml, revoked; remove it"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG_FILES)
def test_lint_reads_the_trust_folder(shop: Path, ask: Ask, name: str) -> None:
    text, says = WRONG_FILES[name]
    path = shop / ".trl4ml/trust" / name
    good = ask(
        "lint", shop / ".trl4ml/trust/policy.yaml", shop / ".trl4ml/trust/allowed_signers", cwd=shop
    )
    assert (good.code, good.err) == (0, "")
    path.write_text(text)
    done = ask("lint", path, cwd=shop)
    assert (done.code, says in done.err) == (2, True), done.err


def test_lint_reads_notes_and_checks_them_against_the_base_branch(
    signed: Path, keys: Path, ask: Ask
) -> None:
    good = ask("lint", *paths(signed), cwd=signed)
    assert (good.code, good.err) == (0, "")
    forged = json.loads(paths(signed)[1].read_text())
    first = json.loads(paths(signed)[0].read_text())
    paths(signed)[0].write_text(json.dumps({**forged, "payload": first["payload"]}))
    done = ask("lint", paths(signed)[0], cwd=signed)
    assert done.code == 2
    assert "was edited: it is not what it is in main" in done.err


def test_lint_before_the_base_branch_has_a_trust_folder_reads_the_form_alone(
    tmp_path: Path, keys: Path, ask: Ask
) -> None:
    shop = shop_of(tmp_path)
    ask("reviewers", "add", CAROL, "--role", "research-lead", "--key", keys / "carol.pub", cwd=shop)
    done = ask("lint", shop / ".trl4ml/trust/policy.yaml", cwd=shop)
    assert (done.code, done.err) == (0, "")


def test_lint_of_a_trust_folder_in_a_repository_that_was_never_pushed(
    tmp_path: Path, keys: Path, ask: Ask
) -> None:
    shop = shop_of(tmp_path)
    git(shop, "remote", "add", "origin", str(tmp_path / "nowhere.git"))
    ask("reviewers", "add", CAROL, "--role", "research-lead", "--key", keys / "carol.pub", cwd=shop)
    path = shop / ".trl4ml/trust/policy.yaml"
    assert ask("lint", path, cwd=shop) == (0, "", "")
    (shop / ".trl4ml/reviews").mkdir()
    done = ask("lint", path, cwd=shop)
    assert (done.code, "neither origin/HEAD, origin/main nor origin/master" in done.err) == (
        2,
        True,
    )


@pytest.mark.parametrize("command", [("verify", "--quiet"), ("ledger", "show"), ("lint", "NOTE"), ("request-review",)])  # fmt: skip
def test_without_cryptography_no_review_is_taken_for_checked(
    signed: Path, command: tuple[str, ...]
) -> None:
    code = "import sys; sys.modules['cryptography'] = None; from trl4ml.cli import start; start(sys.argv[1:])"
    words = [str(paths(signed)[0]) if one == "NOTE" else one for one in command]
    done = subprocess.run([sys.executable, "-c", code, *words], cwd=signed, capture_output=True, text=True,
                          check=False, stdin=subprocess.DEVNULL)  # fmt: skip
    assert (done.returncode, done.stdout) == (2, "")
    assert "cryptography, which is not installed; pip install 'trl4ml[signing]'" in done.stderr


def test_the_hooks_of_reviews_match_notes_and_the_trust_folder() -> None:
    import re

    import yaml

    hooks = yaml.safe_load((Path(__file__).parent.parent / ".pre-commit-hooks.yaml").read_text())
    by_id = {one["id"]: one for one in hooks}
    files = re.compile(by_id["trl4ml-reviews"]["files"])
    for path in (".trl4ml/reviews/0123456789ab/000001-0123456789ab.json", ".trl4ml/trust/allowed_signers",
                 "sub/.trl4ml/trust/policy.yaml", ".trl4ml/answers/d1/x.json"):  # fmt: skip
        assert files.search(path), path
    assert not files.search("src/trust/policy.yaml")
    assert by_id["trl4ml-verify"]["entry"] == "trl4ml verify --quiet --stored"
    assert all(one["additional_dependencies"] == ["cryptography>=44"] for one in hooks)


def test_after_a_squash_and_a_rebase_the_notes_still_count(signed: Path, ask: Ask) -> None:
    git(signed, "checkout", "-q", "-b", "other", "HEAD~1")
    (signed / "notes.md").write_text("later")
    git(signed, "checkout", "-q", "main")
    git(signed, "reset", "-q", "--soft", "HEAD~2")
    git(signed, "commit", "-q", "-m", "squashed")
    (signed / "notes.md").unlink()
    done = ask("verify", cwd=signed)
    assert (done.code, done.out.count(" counts: ")) == (0, 2), done.out


def test_a_check_of_the_command_line_help(ask: Ask, tmp_path: Path) -> None:
    for name in ("sign", "verify", "reviewers", "request-review", "ledger"):
        done = ask(name, "--help", cwd=tmp_path)
        assert (done.code, f"trl4ml {name}" in done.out) == (0, True)


@pytest.mark.parametrize("command", ["verify", "request-review", "gate", "audit"])
def test_a_repository_of_somebody_else_is_refused_with_how_to_allow_it(
    signed: Path, ask: Ask, command: str
) -> None:
    done = ask(command, cwd=signed, GIT_TEST_ASSUME_DIFFERENT_OWNER="1")
    says = (
        f"reviews: detected dubious ownership in repository at '{signed}'; if you trust what is in "
        f"it: git config --global --add safe.directory {signed}"
    )
    assert (done.code, done.out, done.err) == (2, "", f"trl4ml: {says}\n")


def test_what_keeps_every_panel_from_being_known_is_told_once(
    signed: Path, keys: Path, ask: Ask
) -> None:
    sign(ask, signed, keys / "bob", "--role", "research", "--component", "shop", decision="reject")
    merged(signed)
    config = signed / "trl4ml.yaml"
    config.write_text(config.read_text().replace("{name: shop,", "{name: store,"))
    merged(signed)
    says = "is about the component 'shop', which trl4ml.yaml does not have"
    told = ask("verify", cwd=signed).out
    assert (told.count(says), told.count("no panel is known to approve: ")) == (1, 1), told
    asked = ask("request-review", "--level", "2", cwd=signed).out
    assert (asked.count(says), "\nWho:\n" in asked) == (1, True), asked
