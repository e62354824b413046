"""Reviews of a project, from signed notes in a real repository to the gate that rises and falls."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.conftest import Run, git
from tests.reviewers import FILES, NOW, POLICY, POLICY_FILE, SIGNERS_FILE, Team
from trl4ml import run
from trl4ml.core.evidence import Outcome
from trl4ml.core.panel import ReviewPolicy
from trl4ml.core.review import SignOff, Statement
from trl4ml.errors import WrongInput
from trl4ml.ledger.note import Entry
from trl4ml.load import reports
from trl4ml.reviews import reviewing
from trl4ml.testing import lay_out

LATER = NOW + timedelta(days=3)


@pytest.fixture
def team(tmp_path: Path) -> Team:
    return Team(tmp_path)


def reach_one(team: Team) -> None:
    """The panels of levels 0 and 1 approve, and the goal of level 1 is answered by a reviewer."""
    team.sign("rita", "research-lead", level=0)
    team.sign("carol", "research", answers=[{"item": "goal", "answer": "yes", "remark": "seen"}])
    team.sign("ben", "research")


def outcome(reviews: reviewing.Reviews, level: int) -> Outcome:
    return reviewing.panels(reviews)["model"][level].outcome


# --- the gate rises and falls


def test_the_level_rises_with_each_panel_that_approves(team: Team) -> None:
    assert team.audit().report.supported is None
    assert team.says(0) == ("unknown", "the panel lacks 1 research-lead (rita@example.org)")
    team.sign("rita", "research-lead", level=0)
    assert team.says(0) == ("yes", "approved by rita@example.org (research-lead)")
    assert team.audit().report.supported == 0
    team.sign("carol", "research", answers=[{"item": "goal", "answer": "yes", "remark": "seen"}])
    assert team.says(1) == ("unknown", "the panel lacks 1 research (ben@example.org)")
    team.sign("ben", "research")
    done = team.audit()
    assert done.report.supported == 1
    goal = next(v for v in done.report.components[0].verdicts if v.item == "goal")
    assert goal.message == "yes, says carol@example.org (2026-11-21): seen"
    assert done.reviews
    assert done.reviews.trusted_from.startswith("main (")


def test_changed_evidence_makes_every_review_stale(team: Team) -> None:
    reach_one(team)
    team.write("LICENSE", "MIT License\n\nCopyright\n")
    done = team.audit()
    assert done.report.supported is None
    assert done.reviews
    standing, why = team.notes()[0]
    assert standing == "stale"
    assert f"the report is {done.reviews.report[:12]} now" in why
    says = team.says(0)[1]
    assert "does not count: is about the report" in says
    goal = next(v for v in done.report.components[0].verdicts if v.item == "goal")
    assert goal.message == "nobody has answered"


def test_an_expired_review_does_not_count(team: Team) -> None:
    team.sign("rita", "research-lead", level=0, expires_at="2026-11-22T09:00:00Z")
    just = NOW + timedelta(days=1) - timedelta(seconds=1)
    assert team.says(0, now=just)[0] == "yes"
    kind, why = team.says(0, now=just + timedelta(seconds=1))
    assert kind == "unknown"
    assert "does not count: expired on 2026-11-22T09:00:00Z" in why


MERGES: dict[str, Callable[[Team], object]] = {
    "merge": lambda t: t.git("merge", "-q", "--no-ff", "-m", "merged", "change"),
    "fast-forward": lambda t: t.git("merge", "-q", "--ff-only", "change"),
    "squash": lambda t: (t.git("merge", "-q", "--squash", "change"), t.commit("squashed", by="bot")),
    "rebase": lambda t: (
        t.git("commit", "-q", "--allow-empty", "-m", "meanwhile", by="ada"),
        t.git("checkout", "-q", "change"), t.git("rebase", "-q", "main"),
        t.git("checkout", "-q", "main"), t.git("merge", "-q", "--ff-only", "change"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("how", MERGES)
def test_reviews_stay_current_when_they_are_committed_and_merged(team: Team, how: str) -> None:
    checks = FILES["own.yaml"] + (
        "  - {id: shared, level: 9, ask: Is it?, why: Because., wants: owners_and_bus_factor.authors"
        " >= 1, if_not: {remedy: Do., effort: days}}\n"
    )
    team.write("own.yaml", checks)
    team.write("src/b.py", "b = 1\n")
    team.commit("more")
    team.git("checkout", "-q", "-b", "change")
    before = team.look()
    reach_one(team)
    team.commit("reviews", by="carol")
    assert team.look().report == before.report
    team.git("checkout", "-q", "main")
    MERGES[how](team)
    after = team.look()
    assert after.report == before.report
    assert [one.standing.value for one in after.verified.notes] == ["counts"] * 3
    assert team.audit().report.supported == 1
    assert not after.verified.faults


def test_pages_and_tags_of_reviews_do_not_make_reviews_stale(team: Team) -> None:
    from trl4ml import reporting

    team.write("own.yaml", FILES["own.yaml"] + (
        "  - {id: released, level: 9, ask: Is it?, why: Because., wants: versioned_release,"
        " if_not: {remedy: Do., effort: days}}\n"
    ))  # fmt: skip
    team.commit("asks for a release")
    before = team.look().report
    reach_one(team)
    found = reporting.of_project(team.root, today=NOW.date())
    reporting.write(found, team.root / "reports")
    team.commit("pages", by="ada")
    reporting.write(reporting.of_project(team.root, today=NOW.date()), team.root / "reports")
    team.git("tag", "-a", "-m", "x", "trl4ml-ledger/000003-000000000000")
    reviews = team.look()
    assert reviews.report == before
    assert outcome(reviews, 0) is Outcome.UNKNOWN
    assert ["trl4ml-ledger/000003-000000000000" in one for one in reviews.verified.faults] == [True]


# --- trust


def test_keys_and_roles_of_the_change_under_review_count_for_nothing(team: Team) -> None:
    team.git("checkout", "-q", "-b", "change")
    team.write(POLICY_FILE, "roles:\n  research-lead: [eve@example.org]\nfrom_level: 0\n")
    team.commit("I lead", by="eve")
    team.sign("eve", "research-lead", level=0)
    assert team.notes()[0][0] == "barred"
    assert "eve@example.org does not hold the role research-lead" in team.notes()[0][1]
    team.write(SIGNERS_FILE, team.signers("eve").replace("eve@", "rita@"))
    team.sign("rita", "research-lead", level=0, key="eve")
    assert team.notes()[1][0] == "refused"
    assert team.says(0)[0] == "unknown"


def test_trust_that_is_not_in_the_base_branch_yet_trusts_nobody(tmp_path: Path) -> None:
    team = Team(tmp_path, more={POLICY_FILE: "", SIGNERS_FILE: ""})
    assert team.audit().reviews is None
    team.write(POLICY_FILE, f"{POLICY}from_level: 1\n")
    done = team.audit()
    assert done.report.supported == 0
    assert team.says(1) == ("unknown", "the base branch main has no .trl4ml/trust/policy.yaml yet; "
                                       "merge it there first, or name a trust folder outside with --trust")  # fmt: skip
    (team.root / POLICY_FILE).unlink()
    assert team.look().policy == ReviewPolicy()
    team.write(POLICY_FILE, "roles: 1\n")
    with pytest.raises(
        WrongInput, match=r"^\.trl4ml/trust/policy\.yaml:1:8: roles: should be a map"
    ):
        team.look()


def test_without_any_trust_there_is_nothing_to_review(tmp_path: Path) -> None:
    team = Team(tmp_path, more={POLICY_FILE: "", SIGNERS_FILE: ""})
    with pytest.raises(
        WrongInput, match="so no reviews are in force; begin with: trl4ml reviewers"
    ):
        team.look()


@pytest.mark.parametrize("base", [None, "main"])
def test_a_change_that_takes_away_all_reviews_is_judged_by_the_base(
    team: Team, base: str | None
) -> None:
    team.sign("lena", "legal", "reject", 0)
    team.commit("reviews", by="lena")
    team.git("checkout", "-q", "-b", "change")
    team.git("rm", "-q", "-r", ".trl4ml")
    team.commit("no more reviews", by="eve")
    assert ": was dropped: it is in main" in team.says(0, base=base)[1]
    assert team.audit(base=base).report.supported is None


@pytest.mark.parametrize("id", ["review-level-0", "condition-0123456789ab-1"])
def test_a_checklist_has_no_item_of_the_name_of_a_review(team: Team, id: str) -> None:
    team.write("own.yaml", FILES["own.yaml"].replace("id: goal", f"id: {id}"))
    with pytest.raises(WrongInput) as told:
        team.audit()
    assert str(told.value) == (f"own.yaml:7:10: item '{id}' begins like those that reviews put in force; "
                               "call it otherwise")  # fmt: skip


def test_a_trust_folder_outside_takes_the_place_of_the_base_branch(
    team: Team, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside = tmp_path / "trust"
    lay_out(outside, {"policy.yaml": "roles: {research-lead: [eve@example.org]}\n",
                      "allowed_signers": team.signers("eve")})  # fmt: skip
    team.sign("rita", "research-lead", level=0)
    assert team.look(trust=str(outside)).trusted_from == str(outside)
    assert team.says(0, trust=str(outside))[0] == "unknown"
    monkeypatch.setenv("TRL4ML_TRUST", str(outside))
    assert team.look().trusted_from == str(outside)


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({}, "--trust {0}: has no policy.yaml; give a folder that holds it and allowed_signers"),
        ({"policy.yaml": "vetoo: []\n"},
         "{0}/policy.yaml:1:1: unknown key 'vetoo'; did you mean 'veto'?"),
        ({"policy.yaml": "expires_after: 1m\n"},
         "{0}/policy.yaml:1:16: expires_after: should be a number of days, as in 180d"),
        ({"policy.yaml": "roles: {a: ['*']}\n"},
         "{0}/policy.yaml:1:13: roles.a.0: should be a name in allowed_signers, as in carol@example.org"),
        ({"policy.yaml": "panels: {4: {roles: {engineering: 1}}}\n"},
         "{0}/policy.yaml:1:21: panels.4.roles: level 4 needs 1 product; a policy only tightens"),
        ({"policy.yaml": "panels: {x: {}}\n"},
         "{0}/policy.yaml:1:13: panels.x.[key]: should be a level, from 0 to 9"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_the_trust_folder_is_said_with_its_place(
    team: Team, tmp_path: Path, files: dict[str, str], says: str
) -> None:
    outside = tmp_path / "trust"
    outside.mkdir()
    lay_out(outside, files)
    with pytest.raises(WrongInput) as told:
        team.look(trust=str(outside))
    assert str(told.value) == says.format(outside)


def test_complaints_about_signers_name_file_and_line(team: Team, tmp_path: Path) -> None:
    outside = tmp_path / "trust"
    line = team.signers("eve").replace("eve@example.org", "*")
    lay_out(outside, {"policy.yaml": "roles: {}\n", "allowed_signers": f"# who\n{line}"})
    with pytest.raises(WrongInput, match=f"^{outside}/allowed_signers:2: '\\*' stands for many"):
        team.look(trust=str(outside))


def test_a_trust_folder_in_the_repository_is_none(tmp_path: Path) -> None:
    team = Team(tmp_path, "teams/shop")
    lay_out(team.top / "trust", {"policy.yaml": "roles: {}\n"})
    for inside in (team.root / ".trl4ml" / "trust", team.top / "trust"):
        with pytest.raises(WrongInput, match="lies in the repository, where what is under review"):
            team.look(trust=str(inside))


def test_trust_files_behind_links_are_refused(team: Team) -> None:
    (team.root / POLICY_FILE).unlink()
    (team.root / POLICY_FILE).symlink_to("../../policy.yaml")
    team.commit("a link")
    with pytest.raises(
        WrongInput, match=r"main:\.trl4ml/trust/policy\.yaml: is a link, or too large"
    ):
        team.look()


# --- the base branch


def test_a_base_that_is_named_must_be_there(team: Team) -> None:
    with pytest.raises(WrongInput) as told:
        team.look(base="origin/main")
    assert str(told.value) == ("--base origin/main: git knows no 'origin/main'; fetch it first, as in: "
                               "git fetch origin main")  # fmt: skip
    with pytest.raises(WrongInput, match="--base --force: '--force' is no name of a revision"):
        team.look(base="--force")


def test_a_name_of_two_revisions_is_no_base(team: Team) -> None:
    team.git("checkout", "-q", "-b", "change")
    team.write("src/b.py", "b = 1\n")
    team.commit("more")
    team.git("tag", "main")
    with pytest.raises(
        WrongInput, match=r"'main' is the name of refs/heads/main and of refs/tags/main"
    ):
        team.look(base="main")
    assert team.look(base="refs/heads/main").trusted_from.startswith("refs/heads/main (")


def test_the_base_of_a_clone_is_that_of_its_origin(team: Team, tmp_path: Path) -> None:
    reach_one(team)
    team.commit("reviews", by="carol")
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", str(team.top), str(clone))
    look = reviewing.of(clone, now=NOW)
    assert look.trusted_from.startswith("origin/HEAD (")
    assert outcome(look, 1) is Outcome.YES
    git(clone, "remote", "set-head", "origin", "--delete")
    assert reviewing.of(clone, now=NOW).trusted_from.startswith("origin/main (")
    git(clone, "update-ref", "-d", "refs/remotes/origin/main")
    with pytest.raises(WrongInput) as told:
        run.audit(clone, now=NOW)
    assert str(told.value) == ("reviews: the repository has neither origin/HEAD, origin/main nor origin/master; fetch "
                               "the base branch (in CI: fetch-depth: 0), or name it with --base")  # fmt: skip


def test_a_branch_that_somebody_calls_like_a_base_is_none(team: Team, tmp_path: Path) -> None:
    team.git("checkout", "-q", "-b", "evil")
    team.write(POLICY_FILE, "roles: {research-lead: [eve@example.org]}\n")
    team.commit("I lead", by="eve")
    team.git("update-ref", "refs/heads/HEAD", "evil")
    clone = tmp_path / "clone"
    git(tmp_path, "init", "-q", str(clone))
    git(clone, "remote", "add", "origin", str(team.top))
    git(clone, "fetch", "-q", "origin", "+refs/heads/*:refs/remotes/origin/*")
    git(clone, "checkout", "-q", "--detach", "refs/remotes/origin/evil")
    assert git(clone, "rev-parse", "refs/remotes/origin/HEAD") == team.git("rev-parse", "evil")
    assert reviewing.of(clone, now=NOW).trusted_from.startswith("origin/main (")
    git(clone, "update-ref", "refs/remotes/origin/master", "refs/remotes/origin/evil")
    with pytest.raises(WrongInput) as told:
        reviewing.of(clone, now=NOW)
    assert str(told.value) == ("reviews: origin/main and origin/master differ, and either may be the base; name it "
                               "with --base")  # fmt: skip


def test_a_note_came_no_earlier_than_what_it_follows_in_the_base_branch(team: Team) -> None:
    signers = team.signers("rita", options=',valid-before="20261121Z"') + team.signers("lena")
    team.write(SIGNERS_FILE, signers)
    team.commit("Rita leaves today")
    before = NOW - timedelta(days=2)
    team.git("checkout", "-q", "-b", "change")
    team.sign("rita", "research-lead", level=0, at=before)
    team.commit("back-dated", by="rita", at=before)
    team.git("checkout", "-q", "main")
    team.git("merge", "-q", "--ff-only", "change")
    assert team.notes()[0][0] == "refused"
    assert "is valid only before 2026-11-21 00:00:00Z" in team.notes()[0][1]


def test_a_shallow_clone_is_not_enough(team: Team, tmp_path: Path) -> None:
    team.write("src/b.py", "b = 1\n")
    team.commit("more")
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", "--depth=1", f"file://{team.top}", str(clone))
    with pytest.raises(WrongInput) as told:
        run.audit(clone, now=NOW)
    assert str(told.value) == ("reviews: this clone is shallow, and does not show when notes came and who wrote "
                               "what; fetch the rest: git fetch --unshallow (in CI: fetch-depth: 0)")  # fmt: skip


def test_a_partial_clone_is_not_enough(team: Team, tmp_path: Path) -> None:
    team.git("config", "uploadpack.allowFilter", "true")
    team.git("checkout", "-q", "-b", "change")
    team.git("rm", "-q", "-r", ".trl4ml")
    team.commit("no more reviews")
    clone = tmp_path / "clone"
    where = ("--branch", "change", f"file://{team.top}", str(clone))
    git(tmp_path, "clone", "-q", "--filter=blob:none", *where)
    with pytest.raises(WrongInput) as told:
        run.audit(clone, base="origin/main", now=NOW)
    assert str(told.value) == ("--base origin/main: this clone is partial and lacks contents of the base branch; "
                               "clone it without --filter")  # fmt: skip


def test_outside_of_git_there_is_no_base(tmp_path: Path) -> None:
    lay_out(tmp_path, {**FILES, POLICY_FILE: POLICY})
    with pytest.raises(
        WrongInput, match=r"^reviews: the project lies in no git repository, so there is no base"
    ):
        run.audit(tmp_path)


@pytest.mark.parametrize(("inner", "form"), [("teams/shop", "sha1"), ("", "sha256")])
def test_the_project_may_lie_deeper_and_the_repository_use_sha256(
    tmp_path: Path, inner: str, form: str
) -> None:
    team = Team(tmp_path, inner, form=form)
    reach_one(team)
    assert team.audit().report.supported == 1
    team.commit("reviews", by="carol")
    assert team.audit().report.supported == 1
    (team.root / ".trl4ml/reviews").rename(team.root / "elsewhere")
    assert [" was dropped: it is in main" in one for one in team.look().verified.faults] == [
        True
    ] * 3
    kind, why = team.says(0)
    assert kind == "unknown"
    assert why.startswith(".trl4ml/reviews/")
    assert (
        ": was dropped: it is in main and not here; restore it, as in: git checkout main -- " in why
    )


def test_an_object_that_git_would_replace_is_read_as_it_is(team: Team) -> None:
    old = team.git("rev-parse", f"main:{POLICY_FILE}")
    team.write("mine.yaml", "roles: {research-lead: [eve@example.org]}\n")
    new = team.git("hash-object", "-w", "mine.yaml")
    (team.root / "mine.yaml").unlink()
    team.git("replace", old, new)
    assert team.look().policy.holds("rita@example.org", "research-lead")


# --- owners and authors


def test_an_owner_does_not_approve_what_they_own(tmp_path: Path) -> None:
    team = Team(tmp_path, more={POLICY_FILE: POLICY.replace("lead: [", "lead: [ola@example.org, ")})
    assert team.says(0)[1] == "the panel lacks 1 research-lead (rita@example.org)"
    team.sign("ola", "research-lead", level=0)
    kind, why = team.says(0)
    assert kind == "unknown"
    assert "ola@example.org owns model" in why


OWNED = (
    FILES["trl4ml.yaml"].replace("Ola <ola@", "Max <max@")
    + '    owners: ["Ola <ola@example.org>"]\n'
)


@pytest.mark.parametrize("config", [FILES["trl4ml.yaml"], OWNED])
def test_an_owner_whom_the_change_takes_out_still_owns_it(tmp_path: Path, config: str) -> None:
    policy = POLICY.replace("lead: [", "lead: [ola@example.org, ")
    team = Team(tmp_path, more={POLICY_FILE: policy, "trl4ml.yaml": config})
    team.git("checkout", "-q", "-b", "change")
    team.write("trl4ml.yaml", config.replace("Ola <ola@", "Dan <dan@"))
    team.commit("owned by Dan now", by="dan")
    team.sign("ola", "research-lead", level=0)
    assert "ola@example.org owns model" in team.says(0)[1]


def test_owners_without_an_address_cannot_be_told_from_reviewers(tmp_path: Path) -> None:
    team = Team(
        tmp_path, more={"trl4ml.yaml": FILES["trl4ml.yaml"].replace("Ola <ola@example.org>", "Ola")}
    )
    team.sign("rita", "research-lead", level=0)
    kind, why = team.says(0)
    assert kind == "unknown"
    assert "write owners as `Name <address>`" in why


def test_an_author_does_not_approve_what_they_wrote(team: Team) -> None:
    team.git("checkout", "-q", "-b", "change")
    team.write("src/b.py", "b = 1\n")
    team.commit("mine", by="rita")
    team.sign("rita", "research-lead", level=0)
    kind, why = team.says(0)
    assert kind == "unknown"
    assert "rita@example.org wrote the change of model" in why
    team.write(".mailmap", "Zoe <zoe@example.org> <rita@example.org>\n")
    team.commit("who is who", by="zoe")
    team.sign("rita", "research-lead", level=0)
    assert "rita@example.org wrote the change" in team.says(0)[1]


def test_authors_may_approve_where_the_policy_says_so(tmp_path: Path) -> None:
    team = Team(tmp_path, more={POLICY_FILE: f"{POLICY}reviewer_is_not_author: false\n"})
    team.write("src/b.py", "b = 1\n")
    team.commit("mine", by="rita")
    team.sign("rita", "research-lead", level=0)
    assert team.says(0)[0] == "yes"


def test_who_wrote_before_the_last_approved_report_may_approve_the_next(team: Team) -> None:
    team.write("src/b.py", "b = 1\n")
    team.commit("mine", by="ben")
    team.sign("rita", "research-lead", level=0)
    team.sign("ben", "research", level=1)
    assert "ben@example.org wrote the change" in team.notes()[1][1]
    team.commit("approved up to level 0", by="rita", at=NOW + timedelta(hours=1))
    team.write("LICENSE", "MIT License\n\nCopyright\n")
    team.commit("another", by="dan", at=NOW + timedelta(hours=2))
    team.sign("ben", "research", level=1, at=LATER, now=LATER)
    assert team.notes(now=LATER)[-1] == ("counts", "")
    team.write("src/b.py", "b = 2\n")
    team.commit("again", by="ben", at=LATER)
    assert "ben@example.org wrote the change" in team.notes(now=LATER)[-1][1]


def test_an_approval_of_this_report_does_not_let_its_author_approve_it_too(team: Team) -> None:
    team.write("src/b.py", "b = 1\n")
    team.commit("mine", by="ben")
    team.sign("rita", "research-lead", level=0)
    team.commit("approved by Rita", by="rita")
    team.sign("ben", "research", level=1)
    assert "ben@example.org wrote the change" in team.notes()[1][1]


TWO = """\
name: shop
owners: ["Ola <ola@example.org>"]
checklists: [own.yaml]
components:
  - {name: model, claims: 1, paths: [src]}
  - {name: data, kind: data, claims: 1, paths: [lake]}
"""


@pytest.mark.parametrize("config", [TWO, TWO.replace("[lake]", "[lake, trl4ml.yaml]")])
def test_an_author_of_one_component_may_approve_another(tmp_path: Path, config: str) -> None:
    team = Team(tmp_path, more={"trl4ml.yaml": config, "lake/a.csv": "a\n"})
    team.write("lake/b.csv", "b\n")
    team.commit("data", by="rita")
    team.sign("rita", "research-lead", level=0)
    assert team.says(0, "model")[0] == "yes"
    assert "wrote the change of data" in team.says(0, "data")[1]
    team.commit("reviews", by="dan")
    team.write("trl4ml.yaml", config + "# mine\n")
    team.commit("what is declared belongs to all", by="rita")
    team.sign("rita", "research-lead", level=0)
    assert "wrote the change of model" in team.says(0, "model")[1]


# --- rejections, conditions, recusals


def test_a_rejection_stands_whatever_its_signer_is_made_to_be(team: Team) -> None:
    reach_one(team)
    rejected = team.sign("lena", "legal", "reject", 1, reason="No licence for\nthe data.")
    shown = rejected.relative_to(team.root)
    assert team.says(1) == ("no", f"rejected by lena@example.org (legal): No licence for the data. ({shown}); this "
                                  "stands until legal approves level 1, or lena@example.org revokes it")  # fmt: skip
    assert team.says(0)[0] == "yes"
    assert team.audit().report.supported == 0
    team.write("src/b.py", "b = 1\n")
    team.commit("in her name", by="lena")
    team.write("LICENSE", "MIT License\n\nCopyright\n")
    assert team.says(1)[0] == "no"
    assert team.says(1, now=NOW + timedelta(days=400))[0] == "no"


def test_a_rejection_ends_when_its_signer_revokes_it(team: Team) -> None:
    reach_one(team)
    team.sign("lena", "legal", "reject", 0)
    rejected = team.look().verified.tip
    assert team.audit().report.supported is None
    team.sign("lena", "legal", "revoke", 0, revokes=rejected)
    assert team.audit().report.supported == 1


def test_a_rejection_about_a_component_of_another_name_is_not_lost(team: Team) -> None:
    team.sign("lena", "legal", "reject", 0, component="model")
    team.write("trl4ml.yaml", FILES["trl4ml.yaml"].replace("name: model", "name: modelle"))
    found = reviewing.panels(team.look())["modelle"][0]
    assert found.outcome is Outcome.UNKNOWN
    assert (
        "is about the component 'model', which trl4ml.yaml does not have; if it was renamed, say "
        in found.message
    )
    retired = FILES["trl4ml.yaml"].replace("name: model", "name: modelle") + "retired: [model]\n"
    team.write("trl4ml.yaml", retired)
    assert "is about the component 'model', which" in team.says(0, "modelle")[1]
    formerly = FILES["trl4ml.yaml"].replace("name: model", "name: modelle\n    formerly: [model]")
    team.write("trl4ml.yaml", formerly)
    assert team.says(0, "modelle")[0] == "no"


def test_a_condition_is_an_item_that_blocks_the_next_gate(team: Team, trl4ml: Run) -> None:
    now = datetime.now(UTC)
    team.sign("rita", "research-lead", "approve-with-conditions", 0, conditions=["Say what it costs."],
              at=now, now=now)  # fmt: skip
    team.sign("carol", "research", answers=[{"item": "goal", "answer": "yes"}], at=now, now=now)
    team.sign("ben", "research", at=now, now=now)
    report = team.audit(now).report
    assert report.supported == 0
    (condition,) = (item for item in report.items if item.id.startswith("condition-"))
    assert condition.level == 1
    assert condition.ask == ("Is the condition met that rita@example.org (research-lead) set: Say what it costs.")  # fmt: skip
    shown = trl4ml("answer", condition.id, cwd=team.root)
    assert "set: Say what it costs." in " ".join(shown.stdout.split())
    by_owner = trl4ml("answer", condition.id, "yes", "--by", "Ola <ola@example.org>", cwd=team.root)
    assert by_owner.returncode == 0
    assert team.audit(now).report.supported == 0
    done = trl4ml("answer", condition.id, "yes", "--note", "It is on page 3.", "--by",
                  "Dan <dan@example.org>", cwd=team.root)  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "model: level 0 → 1" in done.stdout
    assert team.audit(now).report.supported == 1


def test_a_condition_ends_when_its_role_approves_without_any(team: Team) -> None:
    team.sign("rita", "research-lead", "approve-with-conditions", 0, conditions=["One.", "Two."])
    team.write("LICENSE", "MIT License\n\nCopyright\n")
    ids = [item.id for item in team.audit().report.items if item.id.startswith("condition-")]
    assert [id[-2:] for id in ids] == ["-1", "-2"]
    team.sign("rita", "research-lead", level=0)
    assert not [item for item in team.audit().report.items if item.id.startswith("condition-")]


def test_who_recuses_takes_no_part(team: Team) -> None:
    reach_one(team)
    team.sign("carol", "research", "recuse", 0, reason="I know the author well.")
    assert team.says(1) == ("unknown", "the panel lacks 1 research (nobody else holds this role)")
    goal = next(v for v in team.audit().report.components[0].verdicts if v.item == "goal")
    assert goal.message == "nobody has answered"


def test_of_a_ledger_that_is_not_whole_only_a_no_is_an_answer(tmp_path: Path) -> None:
    team = Team(tmp_path, more={POLICY_FILE: f"{POLICY}from_level: 2\n"})
    answers = [{"item": "goal", "answer": "yes"}]
    team.sign("carol", "research", answers=answers)
    dropped = team.sign("carol", "research", "revoke", revokes=team.look().verified.tip)
    team.commit("reviews", by="carol")
    assert team.audit().report.supported == 0
    dropped.unlink()
    assert team.look().verified.notes[0].standing.value == "counts"
    assert team.audit().report.supported == 0


# --- what a review is about, and what is shown


def test_the_digest_is_the_same_whatever_part_is_looked_at(tmp_path: Path) -> None:
    team = Team(tmp_path, more={"trl4ml.yaml": TWO, "lake/a.csv": "a\n"})
    team.sign("rita", "research-lead", level=0)
    whole = team.look().report
    parts = [
        team.audit(component="data"), team.audit(level=0), team.audit(only=["licence"]),
        team.audit(only=["review-level-0"]), team.audit(cache=False), team.audit(stored_only=True),
    ]  # fmt: skip
    assert [one.reviews.report for one in parts if one.reviews] == [whole] * len(parts)
    assert [c.name for c in parts[0].report.components] == ["data"]
    assert {item.id for item in parts[1].report.items} == {"licence", "review-level-0"}
    assert [item.id for item in parts[2].report.items] == ["licence"]
    assert [item.id for item in parts[3].report.items] == ["review-level-0"]
    with pytest.raises(WrongInput, match="--only review-level-x: no item or probe in force"):
        team.audit(only=["review-level-x"])


def test_a_review_cannot_be_waived(team: Team) -> None:
    waived = (
        "policy:\n  waivers:\n    - {item: review-level-0, owner: Eve, reason: It is late already.,"
        " until: 2027-01-01}\n"
    )
    team.write("trl4ml.yaml", FILES["trl4ml.yaml"] + waived)
    with pytest.raises(WrongInput, match="no item 'review-level-0' is in force"):
        team.audit()


def test_the_subjects_are_the_report_and_the_manifests_of_models(tmp_path: Path) -> None:
    config = FILES["trl4ml.yaml"] + (
        "probes:\n  model-manifest-current:\n    manifests: {model.bin: model.json, b.bin: gone.json}\n"
    )
    team = Team(tmp_path, more={"trl4ml.yaml": config, "model.json": "{}\n", "model.bin": "x"})
    reviews = team.look()
    named = {one.name: one.digest.sha256 for one in reviewing.subjects(reviews)}
    assert named == {"report.json": reviews.report, **reviews.manifests}
    assert list(reviews.manifests) == ["model.json"]
    team.sign("rita", "research-lead", level=0)
    team.write("model.json", '{"a": 1}\n')
    assert team.notes()[0][0] == "stale"


def test_one_more_note_is_checked_before_it_is_written(team: Team) -> None:
    reviews = team.look()
    path = team.sign("rita", "research-lead", level=0)
    shown, content = path.relative_to(team.root).as_posix(), path.read_bytes()
    path.unlink()
    assert [one.standing.value for one in reviewing.also(reviews, shown, content, NOW).notes] == [
        "counts"
    ]
    wrong = reviewing.also(reviews, ".trl4ml/reviews/x/000001-000000000000.json", content, NOW)
    assert [one.standing.value for one in wrong.notes] == ["refused"]
    more = reviewing.rechecked(reviews, [Entry(shown, content)], now=NOW)
    assert outcome(more, 0) is Outcome.YES
    assert outcome(reviewing.rechecked(reviews, now=NOW), 0) is Outcome.UNKNOWN


def test_how_a_note_would_stand_is_known_before_it_is_signed(team: Team) -> None:
    team.write("src/b.py", "b = 1\n")
    team.commit("mine", by="ben")
    reviews = team.look()

    def would(who: str, role: str) -> str:
        said = SignOff.model_validate(
            {"decision": "approve", "project": "shop", "level": 1, "role": role, "reason": "I looked.",
             "reviewer": f"{who}@example.org", "policy": {"sha256": reviews.policy.digest},
             "created_at": f"{NOW:%Y-%m-%dT%H:%M:%SZ}", "prev": None}, strict=False)  # fmt: skip
        statement = Statement(subject=reviewing.subjects(reviews), predicate=said)
        found = reviewing.would(reviews, statement, f"{who}@example.org")
        return found.says or found.standing.value

    assert would("carol", "research") == "counts"
    assert "ben@example.org wrote the change" in would("ben", "research")
    assert "does not hold the role legal" in would("carol", "legal")


def test_a_report_with_reviews_reads_back_as_it_was(
    team: Team, tmp_path: Path, trl4ml: Run
) -> None:
    team.sign(
        "rita", "research-lead", "approve-with-conditions", 0, conditions=["<script>", "x" * 9000]
    )
    team.sign("lena", "legal", "reject", 1, reason="no \x1b[31m licence")
    done = team.audit()
    (tmp_path / "audit.json").write_text(run.render(done.report, "json"))
    assert reports.report(tmp_path / "audit.json") == done.report
    for format in run.FORMATS:
        assert "\x1b[31m l" not in run.render(done.report, format, every=True)


def test_reviews_are_not_called_stale_where_evidence_was_only_not_gathered(team: Team) -> None:
    reach_one(team)
    shutil.rmtree(team.root / ".trl4ml/store")
    done = team.audit(stored_only=True)
    assert done.reviews
    panel = reviewing.panels(done.reviews)["model"][0]
    assert (panel.outcome, panel.message) == (Outcome.UNKNOWN, "the stored evidence is not current, so no review can be "
                                              "held against it; gather it with: trl4ml audit")  # fmt: skip
    assert team.audit().report.supported == 1


# --- commands


@pytest.mark.slow
def test_the_commands_take_the_base_from_their_options(team: Team, trl4ml: Run) -> None:
    team.git("branch", "empty")
    audited = trl4ml("audit", "--format", "json", cwd=team.root)
    assert audited.returncode == 1
    ids = [item["id"] for item in json.loads(audited.stdout)["report"]["items"]]
    assert "review-level-0" in ids
    gate = trl4ml("gate", "--min-level", "0", "--base", "main", cwd=team.root)
    assert gate.returncode == 1
    assert "the panel lacks 1 research-lead (rita@example.org)" in " ".join(gate.stdout.split())
    for command in (["audit"], ["gate"], ["report"], ["site", "build"], ["answer", "goal"]):
        done = trl4ml(*command, *(["--base", "nowhere"]), cwd=team.root)
        assert done.returncode == 2
        assert done.stderr == (
            "trl4ml: --base nowhere: git knows no 'nowhere'; fetch it first, as in: git fetch origin main\n"
        )
    env = trl4ml("gate", cwd=team.root, TRL4ML_BASE="nowhere")
    assert env.returncode == 2


def test_revisions_are_compared_where_reviews_are_in_force(team: Team, trl4ml: Run) -> None:
    team.write("LICENSE", "MIT License\n\nCopyright\n")
    done = trl4ml("diff", "--base", "main", cwd=team.root)
    assert done.returncode == 0, done.stderr


def processes(command: list[str], folder: Path, log: Path) -> int:
    """How many git processes the command starts."""
    env = {**os.environ, "GIT_TRACE2_EVENT": str(log)}
    subprocess.run(command, cwd=folder, env=env, check=True, capture_output=True)
    return log.read_text().count('"event":"start"')


def test_where_no_reviews_are_in_force_nothing_more_is_started_or_imported(tmp_path: Path) -> None:
    team = Team(tmp_path, more={POLICY_FILE: "", SIGNERS_FILE: ""})
    run.audit(team.root)
    gate = [sys.executable, "-X", "importtime", "-m", "trl4ml", "gate", "--min-level", "0"]
    assert processes(gate, team.root, tmp_path / "log") == 4
    done = subprocess.run(gate, cwd=team.root, check=True, capture_output=True, text=True)
    assert not [name for name in ("trusting", "trl4ml.ledger", "tally") if name in done.stderr]
