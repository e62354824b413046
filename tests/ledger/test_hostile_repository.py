"""A change of a repository, or the place it is checked in, that would bring its own judges."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import git
from tests.reviewers import CONFIG_TEXT, POLICY, POLICY_FILE, Team
from trl4ml import run
from trl4ml.core.evidence import Outcome
from trl4ml.errors import WrongInput
from trl4ml.reviews import reviewing

pytestmark = pytest.mark.slow

EVIL = "roles: {research-lead: [eve@example.org]}\nfrom_level: 9\n"
"""Rules of somebody who wants no review."""


@pytest.fixture
def team(tmp_path: Path) -> Team:
    return Team(tmp_path)


def evil(folder: Path) -> Team:
    """Another repository, of somebody who trusts themselves."""
    folder.mkdir()
    return Team(folder, more={POLICY_FILE: EVIL})


def change(team: Team) -> None:
    team.git("checkout", "-q", "-b", "change")


# --- another repository in place of this one


def test_files_of_a_bare_repository_in_the_project_are_no_repository(tmp_path: Path) -> None:
    team, other = Team(tmp_path, inner="ml"), evil(tmp_path / "evil")
    bare = tmp_path / "bare"
    git(tmp_path, "clone", "-q", "--bare", str(other.top), str(bare))
    for name in ("HEAD", "objects", "refs", "packed-refs"):
        (shutil.copytree if (bare / name).is_dir() else shutil.copy)(bare / name, team.root / name)
    (team.root / "refs/heads").mkdir(exist_ok=True)
    head = git(bare, "rev-parse", "HEAD")
    (team.root / "refs/heads/main").write_text(f"{head}\n")
    (team.root / "config").write_text("[core]\n\tbare = false\n\tworktree = .\n")
    with pytest.raises(WrongInput, match="cannot use bare repository"):
        team.audit()


def test_a_project_that_became_a_submodule_does_not_choose_whom_to_trust(
    tmp_path: Path,
) -> None:
    team, other = Team(tmp_path, inner="ml"), evil(tmp_path / "evil")
    change(team)
    team.git("rm", "-rq", "ml")
    allowed = ("-c", "protocol.file.allow=always")
    team.git(*allowed, "submodule", "add", "-q", str(other.top), "ml")
    with pytest.raises(WrongInput) as refused:
        team.audit()
    assert str(refused.value) == (
        "reviews: the project lies in a submodule, which a change of the repository around it can "
        "exchange for another; name whom to trust with --trust"
    )


@pytest.mark.parametrize("name", ["GIT_DIR", "GIT_COMMON_DIR", "GIT_SHALLOW_FILE", "GIT_NAMESPACE"])
def test_the_environment_names_no_other_repository(
    name: str, team: Team, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = evil(tmp_path / "evil")
    before = team.audit()
    monkeypatch.setenv(name, str(other.top / ".git"))
    after = team.audit()
    assert before.report == after.report
    assert after.reviews and before.reviews
    assert after.reviews.trusted_from == before.reviews.trusted_from


@pytest.mark.parametrize("name", ["LITERAL", "GLOB", "NOGLOB", "ICASE"])
def test_the_environment_changes_no_path(
    name: str, team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"GIT_{name}_PATHSPECS", "1")
    assert team.audit().report.supported is None


@pytest.mark.parametrize("where", ["environment", "repository"])
def test_parents_that_a_grafts_file_gives_are_not_seen(
    where: str, team: Team, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    team.write("src/b.py", "b = 1\n")
    team.commit("by a reviewer", by="carol")
    team.write("src/c.py", "c = 1\n")
    team.commit("by the author")
    grafts = {"environment": tmp_path / "grafts", "repository": team.top / ".git/info/grafts"}[
        where
    ]
    grafts.write_text(f"{team.git('rev-parse', 'HEAD')}\n")
    if where == "environment":
        monkeypatch.setenv("GIT_GRAFT_FILE", str(grafts))
    team.sign("carol", "research")
    assert "carol@example.org wrote the change of model" in team.says(1)[1]


@pytest.mark.parametrize("what", ["blob:none", "tree:0"])
def test_a_partial_clone_does_not_hide_that_the_base_has_reviews(
    what: str, team: Team, tmp_path: Path
) -> None:
    change(team)
    team.git("rm", "-rq", ".trl4ml")
    team.commit("no more reviews", by="eve")
    team.git("config", "uploadpack.allowFilter", "true")
    team.git("config", "uploadpack.allowAnySHA1InWant", "true")
    here = tmp_path / "clone"
    source = f"file://{team.top}"
    git(tmp_path, "clone", "-q", f"--filter={what}", "-b", "change", source, str(here))
    git(here, "remote", "set-head", "origin", "main")
    with pytest.raises(WrongInput, match="this clone is partial and lacks contents of the base"):
        run.audit(here)


# --- the ledger and the trust folder, exchanged in the change


def linked_reviews(team: Team) -> None:
    (team.root / ".trl4ml/reviews").rename(team.root / "reviews")
    (team.root / ".trl4ml/reviews").symlink_to("../reviews")


def linked_folder(team: Team) -> None:
    (team.root / ".trl4ml").rename(team.root / "kept")
    (team.root / ".trl4ml").symlink_to("kept")


def linked_report(team: Team) -> None:
    (folder,) = (team.root / ".trl4ml/reviews").iterdir()
    folder.rename(team.root / "reviews")
    folder.symlink_to(team.root / "reviews")


def other_letters(team: Team) -> None:
    (team.root / ".trl4ml/reviews").rename(team.root / ".trl4ml/Reviews")


def other_encoding(team: Team) -> None:
    (team.top / ".gitattributes").write_text("*.json working-tree-encoding=UTF-16LE-BOM\n")
    again(team)


def without_it_in_archives(team: Team) -> None:
    (team.top / ".gitattributes").write_text(".trl4ml/** export-ignore -diff -text\n")
    again(team)


def by_a_filter(team: Team) -> None:
    (team.top / ".gitattributes").write_text("*.json filter=kinder\n")
    team.git("config", "filter.kinder.smudge", "sed s/a/b/")
    again(team)


def other_project(team: Team) -> None:
    team.write("trl4ml.yaml", CONFIG_TEXT.replace("name: shop", "name: market"))


def other_ends_of_lines(team: Team) -> None:
    (team.top / ".gitattributes").write_text("*.json text eol=crlf\n")
    again(team)


def role_taken_away(team: Team) -> None:
    team.write(POLICY_FILE, POLICY.replace("legal: [lena@example.org]", "legal: []"))


def no_veto(team: Team) -> None:
    team.write(POLICY_FILE, f"{POLICY}veto: []\n")


def out_of_the_index(team: Team) -> None:
    team.git("rm", "-rq", "--cached", ".trl4ml")


def again(team: Team) -> None:
    """The notes checked out anew, by the attributes that there are now."""
    shutil.rmtree(team.root / ".trl4ml/reviews")
    team.git("checkout", "--", ".trl4ml/reviews")


@pytest.mark.parametrize(
    "attack",
    [linked_reviews, linked_folder, linked_report, other_letters, other_encoding, by_a_filter,
     without_it_in_archives, other_project, other_ends_of_lines, role_taken_away, no_veto,
     out_of_the_index],
    ids=lambda attack: attack.__name__,
)  # fmt: skip
def test_a_rejection_in_the_base_is_not_lifted_by_a_change(
    attack: Callable[[Team], None], team: Team
) -> None:
    team.sign("rita", "research-lead", level=0)
    team.sign("lena", "legal", "reject", 0)
    team.commit("notes")
    assert team.audit().report.supported is None
    change(team)
    attack(team)
    try:
        found = reviewing.panels(team.look())["model"][0].outcome
    except WrongInput:
        return
    assert found in (Outcome.NO, Outcome.UNKNOWN)
    assert team.audit().report.supported is None


def test_trust_named_in_files_of_the_repository_is_not_read(team: Team) -> None:
    team.write("t/policy.yaml", EVIL)
    for name in (".env", ".envrc", ".trl4ml/env", "trl4ml.env"):
        team.write(name, f"TRL4ML_TRUST={team.root / 't'}\nTRL4ML_BASE=change\n")
    found = team.audit().reviews
    assert found and found.trusted_from.startswith("main (")


@pytest.mark.parametrize("who", ["Carol <carol@example.org>", "carol@example.org"])
def test_who_is_named_as_co_author_of_a_squashed_change_wrote_it(who: str, team: Team) -> None:
    team.write("src/b.py", "b = 1\n")
    team.commit(f"all in one\n\nCo-authored-by: Zed <zed@example.org>\nCo-authored-by: {who}")
    team.sign("carol", "research")
    assert "carol@example.org wrote the change of model" in team.says(1)[1]


def test_an_approval_of_a_report_that_never_was_makes_nobody_less_of_an_author(team: Team) -> None:
    team.write("src/b.py", "b = 1\n")
    team.commit("her own change", by="rita")
    for number in range(2):
        team.sign("rita", "research-lead", level=0, report=f"{number}" * 64)
        team.commit("her own note", by="rita")
    team.sign("rita", "research-lead", level=0)
    assert "rita@example.org wrote the change of model" in team.says(0)[1]
