"""`trl4ml reviewers`: the trust folder as a maintainer writes it, with keys that ssh-keygen made."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.desks import CAROL, SHOP, Ask, ask, merged, new_key, shop_of
from trl4ml.amending import replaced
from trl4ml.errors import WrongInput
from trl4ml.reviews import granting
from trl4ml.testing import lay_out

__all__ = ["ask"]
TRUST = ".trl4ml/trust"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return shop_of(tmp_path)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """carol and bob, and mallory, whom nobody knows."""
    folder = tmp_path_factory.mktemp("keys")
    for name in ("carol", "bob", "mallory"):
        new_key(folder, name)
    return folder


def files(shop: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in sorted((shop / TRUST).iterdir())}


def test_the_first_reviewer_makes_the_trust_folder_and_hears_what_is_next(
    shop: Path, keys: Path, ask: Ask
) -> None:
    done = ask(
        "reviewers", "add", CAROL, "--role", "product", "--key", keys / "carol.pub", cwd=shop
    )
    assert done.code == 0, done.err
    assert "from its merge on, a level counts only once its panel has approved" in done.out
    assert f"{CAROL} may review as product with the key SHA256:" in done.out
    assert (
        "next: git add .trl4ml/trust/allowed_signers .trl4ml/trust/policy.yaml, commit" in done.out
    )
    kind, letters, _ = (keys / "carol.pub").read_text().split()
    found = files(shop)
    assert found["allowed_signers"].splitlines()[-1] == (
        f'{CAROL} namespaces="signoff@trl4ml" {kind} {letters}'
    )
    assert f"roles:\n  product: [{CAROL}]\n" in found["policy.yaml"]
    assert '#   "4": {roles: {engineering: 1, product: 1}}' in found["policy.yaml"]


def test_ssh_keygen_knows_the_new_reviewer(
    shop: Path, keys: Path, ask: Ask, tmp_path: Path
) -> None:
    ask("reviewers", "add", CAROL, "--role", "product", "--key", keys / "carol.pub",
        "--valid-until", "2035-12-31", cwd=shop)  # fmt: skip
    note = tmp_path / "note"
    note.write_text("said")
    sign = [
        "ssh-keygen",
        "-Y",
        "sign",
        "-f",
        str(keys / "carol"),
        "-n",
        "signoff@trl4ml",
        str(note),
    ]
    subprocess.run(sign, check=True, capture_output=True)
    signers = str(shop / TRUST / "allowed_signers")
    check = ["ssh-keygen", "-Y", "verify", "-f", signers, "-I", CAROL, "-n", "signoff@trl4ml",
             "-s", f"{note}.sig"]  # fmt: skip
    assert subprocess.run(check, input=b"said", check=False, capture_output=True).returncode == 0
    ask("reviewers", "revoke", CAROL, cwd=shop)
    check[5:5] = ["-r", str(shop / TRUST / "revoked")]
    assert subprocess.run(check, input=b"said", check=False, capture_output=True).returncode != 0


def test_the_default_policy_says_the_default_panels(shop: Path) -> None:
    lines = granting.granted(granting.first(), CAROL, "product").splitlines()
    for at, line in enumerate(lines):
        if line == "# panels:" or line.startswith('#   "') or line.startswith("# from_level"):
            lines[at] = line.removeprefix("# ").removeprefix("#").split("  #")[0]
    text = "\n".join(lines).replace('   "', '  "') + "\n"
    plain = granting.policy(text)
    assert len(plain.panels) == 10
    assert all(plain.panel(n) == granting.policy("from_level: 0\n").panel(n) for n in range(10))


def test_what_is_there_already_is_not_written_again(shop: Path, keys: Path, ask: Ask) -> None:
    add = ("reviewers", "add", CAROL, "--role", "product", "--key", keys / "carol.pub")
    ask(*add, cwd=shop)
    before = files(shop)
    done = ask(*add, cwd=shop)
    assert (done.code, files(shop)) == (0, before)
    assert "nothing to write: all of it was there already" in done.out


def test_a_second_role_a_second_key_and_a_second_person(shop: Path, keys: Path, ask: Ask) -> None:
    ask("reviewers", "add", CAROL, "--role", "product", "--key", keys / "carol.pub", cwd=shop)
    assert ask("reviewers", "add", CAROL, "--role", "legal", cwd=shop).code == 0
    assert ask("reviewers", "add", CAROL, "--key", keys / "mallory.pub", cwd=shop).code == 0
    bob = (keys / "bob.pub").read_text().strip()
    done = ask("reviewers", "add", "bob@example.org", "--role", "product", "--role", "engineering",
               "--key", bob, "--anchors", "--valid-until", "2035-12-31", cwd=shop)  # fmt: skip
    assert done.code == 0, done.err
    signers = files(shop)["allowed_signers"].splitlines()
    assert len([line for line in signers if line.startswith(CAROL)]) == 2
    assert (
        'bob@example.org namespaces="signoff@trl4ml,git",valid-before="20360101000000Z"'
        in signers[-1]
    )
    listed = ask("reviewers", "list", cwd=shop)
    assert "engineering, product  ssh-ed25519  SHA256:" in listed.out
    assert listed.out.count("not merged yet\n") == 3
    assert listed.err == "what counts is the list of the base branch, which has none yet\n"
    plain = ask("reviewers", "list", "--format", "json", cwd=shop)
    assert '"roles": [\n      "legal",\n      "product"\n    ]' in plain.out


def test_the_list_says_what_of_it_the_base_branch_has(shop: Path, keys: Path, ask: Ask) -> None:
    ask("reviewers", "add", CAROL, "--role", "legal", "--key", keys / "carol.pub", cwd=shop)
    ask("reviewers", "add", "bob@example.org", "--role", "legal", "--key", keys / "bob.pub",
        "--valid-until", "2035-12-31", cwd=shop)  # fmt: skip
    merged(shop)
    ask("reviewers", "add", CAROL, "--role", "research", cwd=shop)
    ask(
        "reviewers",
        "add",
        "dave@example.org",
        "--role",
        "legal",
        "--key",
        keys / "mallory.pub",
        cwd=shop,
    )
    listed = ask("reviewers", "list", cwd=shop)
    ends = [line.rsplit("  ", 1)[1] for line in listed.out.splitlines()[1:]]
    assert ends == ["until 2036-01-01 00:00 UTC", "not merged yet as research", "not merged yet"]
    assert listed.err.startswith("what counts is the list of main (")


@pytest.mark.parametrize(("owners", "says"), [
    ("['Carol <Carol@example.org>']", "carol@example.org owns shop: their approval of it does not count"),
    ("[Ada]", "shop: 'Ada' has no address in trl4ml.yaml, so no approval of it counts: write owners as 'Name <address>'"),
    ("[]", "shop: has no owner in trl4ml.yaml, so no approval of it counts: write owners as 'Name <address>'"),
])  # fmt: skip
def test_what_the_owners_mean_for_approvals_is_told(
    tmp_path: Path, keys: Path, ask: Ask, owners: str, says: str
) -> None:
    shop = shop_of(tmp_path, {**SHOP, "trl4ml.yaml": f"name: shop\nowners: {owners}\n"})
    done = ask(
        "reviewers", "add", CAROL, "--role", "product", "--key", keys / "carol.pub", cwd=shop
    )
    assert (done.code, done.err) == (0, f"{says}\n")


def test_what_git_ignores_is_told(tmp_path: Path, keys: Path, ask: Ask) -> None:
    shop = shop_of(tmp_path, {**SHOP, ".gitignore": ".trl4ml/\n"})
    done = ask(
        "reviewers", "add", CAROL, "--role", "product", "--key", keys / "carol.pub", cwd=shop
    )
    assert "git ignores .trl4ml/trust/policy.yaml, so it never reaches the base branch" in done.err


def test_a_line_of_the_enrolment_page_is_taken_as_it_is(shop: Path, keys: Path, ask: Ask) -> None:
    kind, letters, _ = (keys / "carol.pub").read_text().split()
    line = f'{CAROL} namespaces="signoff@trl4ml" {kind} {letters}'
    done = ask("reviewers", "add", CAROL, "--role", "product", "--key", line, cwd=shop)
    assert (done.code, line in files(shop)["allowed_signers"]) == (0, True)
    other = ask("reviewers", "add", "bob@example.org", "--role", "product", "--key", line, cwd=shop)
    assert (other.code, other.err) == (
        2, f"trl4ml: --key: the line is of {CAROL}, not of bob@example.org\n"
    )  # fmt: skip


def test_a_revoked_key_is_listed_and_stays_revoked(shop: Path, keys: Path, ask: Ask) -> None:
    ask("reviewers", "add", CAROL, "--role", "product", "--key", keys / "carol.pub", cwd=shop)
    assert "revoked: SHA256:" in ask("reviewers", "revoke", CAROL, cwd=shop).out
    again = ask("reviewers", "revoke", keys / "carol.pub", cwd=shop)
    assert (again.code, "revoked already: SHA256:" in again.out) == (0, True)
    assert "revoked\n" in ask("reviewers", "list", cwd=shop).out
    back = ask("reviewers", "add", CAROL, "--key", keys / "carol.pub", cwd=shop)
    assert back.err.endswith("is in .trl4ml/trust/revoked, and stays there; make a new key\n")
    stranger = ask("reviewers", "revoke", keys / "mallory.pub", cwd=shop)
    assert "is in nobody's line of .trl4ml/trust/allowed_signers" in stranger.err
    by_print = ask(
        "reviewers", "revoke", again.out.split("revoked already: ")[1].split()[0], cwd=shop
    )
    assert by_print.code == 0


def test_a_role_that_no_panel_asks_for_is_told(shop: Path, keys: Path, ask: Ask) -> None:
    done = ask("reviewers", "add", CAROL, "--role", "legl", "--key", keys / "carol.pub", cwd=shop)
    assert done.code == 0
    assert done.err == ("no panel asks for the role legl; did you mean 'legal'?; it can reject, and "
                        "what it approves fills no place\n")  # fmt: skip


WRONG = {
    "no role": (["add", CAROL, "--key", "{carol}.pub"], "--role is missing: say what carol@example.org reviews as"),
    "no key": (["add", CAROL, "--role", "product"], "--key is missing: carol@example.org has no key in"),
    "homoglyph": (["add", "cаrol@example.org", "--role", "product", "--key", "{carol}.pub"], "is no name of a reviewer; it is made of the letters a to z"),
    "many": (["add", "*@example.org", "--role", "product", "--key", "{carol}.pub"], "is no name of a reviewer"),
    "escape": (["add", "\x1b[2J", "--role", "product", "--key", "{carol}.pub"], "trl4ml: \\x1b[2J: is no name of a reviewer"),
    "newline": (["add", "a\nb namespaces=x", "--role", "product", "--key", "{carol}.pub"], "is no name of a reviewer"),
    "role": (["add", CAROL, "--role", "Product: [x]", "--key", "{carol}.pub"], "--role Product: [x]: should be small letters, digits and single hyphens"),
    "private": (["add", CAROL, "--role", "product", "--key", "{carol}"], "is a private key, which nobody else should see; give the public one beside it"),
    "gone": (["add", CAROL, "--role", "product", "--key", "nope.pub"], "--key nope.pub: there is no such file, and it is no public key; give a file such as"),
    "folder": (["add", CAROL, "--role", "product", "--key", "."], "--key .: Is a directory"),
    "no key in it": (["add", CAROL, "--role", "product", "--key", "LICENSE"], "--key LICENSE: holds 2 lines, not one of OpenSSH"),
    "not base64": (["add", CAROL, "--role", "product", "--key", "ssh-ed25519 AAAA"], "trl4ml: --key: "),
    "two kinds": (["add", CAROL, "--role", "product", "--key", "ssh-rsa {letters}"], "--key: the key is of the kind ssh-ed25519, and its line says ssh-rsa"),
    "past": (["add", CAROL, "--role", "product", "--key", "{carol}.pub", "--valid-until", "2001-01-01"], "--valid-until 2001-01-01: is past; a key that holds no more is not added"),
    "no day": (["add", CAROL, "--role", "product", "--key", "{carol}.pub", "--valid-until", "soon"], "--valid-until: 'soon' is no day; give one as in 2027-12-31"),
    "list": (["list"], ".trl4ml/trust: there is no such folder yet; make it with: trl4ml reviewers add WHO"),
    "revoke": (["revoke", "dave@example.org"], "dave@example.org: no reviewer of .trl4ml/trust/allowed_signers is called so, and it is no key"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_told_and_nothing_is_written(
    shop: Path, keys: Path, ask: Ask, name: str
) -> None:
    given, says = WRONG[name]
    letters = (keys / "carol.pub").read_text().split()[1]
    words = [
        one.replace("{carol}", str(keys / "carol")).replace("{letters}", letters) for one in given
    ]
    done = ask("reviewers", *words, cwd=shop)
    assert done.code == 2
    assert says in done.err
    assert len(done.err.splitlines()) == 1
    assert not (shop / TRUST).exists()


def test_one_person_is_not_two_and_one_key_is_one_person(shop: Path, keys: Path, ask: Ask) -> None:
    ask("reviewers", "add", CAROL, "--role", "product", "--key", keys / "carol.pub", cwd=shop)
    twice = ask(
        "reviewers",
        "add",
        "Carol@example.org",
        "--role",
        "product",
        "--key",
        keys / "bob.pub",
        cwd=shop,
    )
    assert (
        twice.err == f"trl4ml: Carol@example.org: is there already as {CAROL}; write it the same\n"
    )
    shared = ask(
        "reviewers",
        "add",
        "bob@example.org",
        "--role",
        "product",
        "--key",
        keys / "carol.pub",
        cwd=shop,
    )
    assert shared.err.endswith(f"is the key of {CAROL}; one key is one person's\n")


def test_a_key_that_is_there_is_given_a_last_day_and_more_to_sign(
    shop: Path, keys: Path, ask: Ask
) -> None:
    add = ("reviewers", "add", CAROL)
    ask(*add, "--role", "product", "--key", keys / "carol.pub", cwd=shop)
    ask(*add, "--key", keys / "mallory.pub", cwd=shop)
    ask("reviewers", "add", "bob@example.org", "--role", "legal", "--key", keys / "bob.pub", cwd=shop)  # fmt: skip
    signers = shop / TRUST / "allowed_signers"
    signers.write_text(
        signers.read_text().replace("\n", " at work\n", 3).replace(" at work", "", 2)
    )
    before = signers.read_text()
    one = ask(*add, "--key", keys / "carol.pub", "--anchors", cwd=shop)
    assert (one.code, "written: .trl4ml/trust/allowed_signers\n" in one.out) == (0, True), one.err
    both = ask(*add, "--valid-until", "2035-12-31", cwd=shop)
    assert both.out.startswith(f"{CAROL} may review with the key SHA256:")
    assert " until 2035-12-31\n" in both.out
    wanted = before.replace(
        'namespaces="signoff@trl4ml"', 'namespaces="signoff@trl4ml,git",valid-before="20360101000000Z"', 1
    ).replace(f'{CAROL} namespaces="signoff@trl4ml" ', f'{CAROL} namespaces="signoff@trl4ml",valid-before="20360101000000Z" ')  # fmt: skip
    assert signers.read_text() == wanted
    assert 'bob@example.org namespaces="signoff@trl4ml" ssh' in wanted
    again = ask(*add, "--valid-until", "2035-12-31", cwd=shop)
    assert "nothing to write: all of it was there already" in again.out
    ask(*add, "--valid-until", "2001-01-01", cwd=shop)
    assert ask("reviewers", "list", cwd=shop).out.count("not merged yet\n") == 3
    merged(shop)
    assert ask("reviewers", "list", cwd=shop).out.count("ended 2001-01-02 00:00 UTC\n") == 2


def test_faults_of_what_is_there_are_told_by_line_and_nothing_is_written(
    shop: Path, keys: Path, ask: Ask
) -> None:
    ask("reviewers", "add", CAROL, "--role", "product", "--key", keys / "carol.pub", cwd=shop)
    signers = shop / TRUST / "allowed_signers"
    signers.write_text(signers.read_text() + "* ssh-ed25519 AAAA\n")
    before = files(shop)
    done = ask(
        "reviewers",
        "add",
        "bob@example.org",
        "--role",
        "legal",
        "--key",
        keys / "bob.pub",
        cwd=shop,
    )
    assert (done.code, files(shop)) == (2, before)
    assert (
        ".trl4ml/trust/allowed_signers:4: '*' stands for many people; name one person" in done.err
    )
    signers.write_text("")
    (shop / TRUST / "policy.yaml").write_text("roles: nobody\n")
    done = ask(
        "reviewers",
        "add",
        "bob@example.org",
        "--role",
        "legal",
        "--key",
        keys / "bob.pub",
        cwd=shop,
    )
    assert (
        done.err
        == "trl4ml: .trl4ml/trust/policy.yaml:1:8: roles: should be a mapping of keys to values\n"
    )


def test_a_link_out_of_the_project_is_not_followed(
    shop: Path, keys: Path, ask: Ask, tmp_path: Path
) -> None:
    (tmp_path / "elsewhere").mkdir()
    (shop / ".trl4ml").mkdir()
    (shop / TRUST).symlink_to(tmp_path / "elsewhere")
    add = ("reviewers", "add", CAROL, "--role", "product", "--key", keys / "carol.pub")
    done = ask(*add, cwd=shop)
    assert done.err.endswith(".trl4ml/trust: is a link; put the folder itself there\n")
    (shop / TRUST).unlink()
    (shop / TRUST).mkdir()
    (shop / TRUST / "policy.yaml").symlink_to(tmp_path / "policy.yaml")
    assert "policy.yaml: is a link; put the file itself there" in ask(*add, cwd=shop).err
    assert not list((tmp_path / "elsewhere").iterdir())


def test_a_folder_that_cannot_be_made_is_told(shop: Path, keys: Path, ask: Ask) -> None:
    (shop / ".trl4ml").write_text("")
    done = ask(
        "reviewers", "add", CAROL, "--role", "product", "--key", keys / "carol.pub", cwd=shop
    )
    assert done.code == 2
    assert done.err.endswith("cannot be made (Not a directory); nothing changed\n")


def test_where_the_second_file_cannot_be_written_the_first_is_as_it_was(
    shop: Path, keys: Path, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, text: str) -> None:
        if path.name == "policy.yaml":
            raise WrongInput(
                f"{path}: cannot be written (No space left on device); nothing changed"
            )
        replaced(path, text)

    monkeypatch.setattr("trl4ml.reviews.enlisting.replaced", full)
    done = ask(
        "reviewers", "add", CAROL, "--role", "product", "--key", keys / "carol.pub", cwd=shop
    )
    assert done.code == 2
    assert not (shop / ".trl4ml").exists(), "an empty trust folder would ask for reviews"


@pytest.mark.slow
def test_killed_at_any_moment_no_file_is_half_written(shop: Path, keys: Path, ask: Ask) -> None:
    ask("reviewers", "add", CAROL, "--role", "product", "--key", keys / "carol.pub", cwd=shop)
    before = files(shop)
    command = [sys.executable, "-m", "trl4ml", "reviewers", "add", "bob@example.org", "--role", "legal",
               "--key", str(keys / "bob.pub")]  # fmt: skip
    for wait in range(4):
        process = subprocess.Popen(command, cwd=shop, stdout=subprocess.DEVNULL)
        time.sleep(0.25 + wait * 0.1)
        process.send_signal(signal.SIGKILL)
        process.wait()
        for name, text in files(shop).items():
            assert text == before.get(name) or text.endswith("\n")
    assert (
        ask(
            "reviewers",
            "add",
            "bob@example.org",
            "--role",
            "legal",
            "--key",
            keys / "bob.pub",
            cwd=shop,
        ).code
        == 0
    )
    assert "bob@example.org" in ask("reviewers", "list", cwd=shop).out


POLICIES = (
    "from_level: 2\n", "roles:\n  a:\n  - x@y\n", "roles:\n  a:\n    - x@y # hi\n  b: []\n", "roles: {}\n",
    "roles: {b: [c]}\n", "{roles: {a: [x]}}", "from_level: 1", "roles:\n  a: [x,\n   y]\n",
    "roles:\r\n  a: [x]\r\n", "# ours\nroles:\n    b: [c]  # c\nfrom_level: 3\n", granting.first(),
    'roles:\n  "a": ["x"]\n', "roles: {a: [x, ]}\n",
)  # fmt: skip
NAMES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._+@-]{0,11}", fullmatch=True)


@pytest.mark.parametrize("text", POLICIES)
@given(who=NAMES, role=st.sampled_from(["a", "b", "new-role"]))
def test_a_person_is_put_into_a_role_and_nothing_else_changes(
    text: str, who: str, role: str
) -> None:
    """Law: the policy reads as before and with this person; every line of before is still there."""
    before = granting.policy(text).roles if "roles" in text and text != granting.first() else {}
    try:
        made = granting.granted(text, who, role)
    except WrongInput as error:
        assert "cannot be added to without rewriting it; put this there" in str(error)
        return
    after = granting.policy(made).roles
    assert set(after[role]) == {*before.get(role, ()), who}
    assert {r: held for r, held in after.items() if r != role} == {
        r: held for r, held in before.items() if r != role
    }
    assert granting.granted(made, who, role) == made


@pytest.mark.parametrize(("text", "says"), [
    ("roles: x\n", ":1:8: roles: should be a mapping of keys to values"),
    ("- a\n", ":1:1: should be a mapping of keys to values"),
    ("roles:\n", ":1:7: roles: should be a mapping of keys to values"),
    ("role: {}\n", ":1:1: unknown key 'role'; did you mean 'roles'?"),
])  # fmt: skip
def test_a_policy_that_cannot_be_read_is_not_added_to(text: str, says: str) -> None:
    with pytest.raises(WrongInput) as error:
        granting.granted(text, CAROL, "product")
    assert says in str(error.value)


def test_where_the_base_branch_cannot_be_read_nobody_is_said_to_be_merged_or_not(
    shop: Path, keys: Path, ask: Ask
) -> None:
    ask("reviewers", "add", CAROL, "--role", "product", "--key", keys / "carol.pub", cwd=shop)
    merged(shop)
    listed = ask("reviewers", "list", cwd=shop, GIT_TEST_ASSUME_DIFFERENT_OWNER="1")
    assert listed.out.splitlines()[1].endswith("  not known")
    says = "what counts cannot be read: detected dubious ownership in repository at "
    assert (listed.err.startswith(says), str(shop) in listed.err) == (True, True)


def test_owners_of_the_example_can_be_told_from_its_reviewers(
    tmp_path: Path, keys: Path, ask: Ask
) -> None:
    example = Path(__file__).parent.parent / "examples" / "diabetes"
    declared = [example / "trl4ml.yaml", *example.glob("registers/*.yaml")]
    lay_out(tmp_path, {str(one.relative_to(example)): one.read_text() for one in declared})
    owner = "authors@trl4ml.invalid"
    done = ask("reviewers", "add", owner, "--role", "product", "--key", keys / "bob.pub", cwd=tmp_path)  # fmt: skip
    assert done.err == f"{owner} owns triage-model: their approval of it does not count\n"
    done = ask("reviewers", "add", CAROL, "--role", "product", "--key", keys / "carol.pub", cwd=tmp_path)  # fmt: skip
    assert (done.code, done.err) == (0, "")
