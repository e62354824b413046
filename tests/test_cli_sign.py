"""`trl4ml sign` with keys, agents and repositories that are real; `ssh-keygen` checks what it signed."""

import base64
import json
import os
import pty
import select
import shutil
import signal
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import git
from tests.desks import CAROL, SHOP, Ask, Ran, agent, ask, merged, new_key, shop_of
from trl4ml.core.review import Decision
from trl4ml.reviews import sealing, signing, stating
from trl4ml.testing import lay_out

pytestmark = pytest.mark.slow

__all__ = ["ask"]
BOB = "bob@example.org"
NOTES = ".trl4ml/reviews"


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """carol, bob and ada, who are known; mallory, whom nobody knows."""
    folder = tmp_path_factory.mktemp("keys")
    for name in ("carol", "bob", "ada", "mallory"):
        new_key(folder, name)
    new_key(folder, "locked", phrase="open sesame")
    return folder


@pytest.fixture
def shop(tmp_path: Path, keys: Path, ask: Ask) -> Path:
    """A shop whose reviews are in force, with carol, bob and Ada, who owns it."""
    folder = shop_of(tmp_path)
    for who, key, *roles in ((CAROL, "carol", "research-lead", "research"), (BOB, "bob", "research"),
                             ("ada@example.org", "ada", "research"), ("lock@example.org", "locked", "research")):  # fmt: skip
        words = [word for role in roles for word in ("--role", role)]
        done = ask(
            "reviewers", "add", who, *words, "--key", keys / f"{key}.pub", "--anchors", cwd=folder
        )
        assert done.code == 0, done.err
    merged(folder, "trust")
    return folder


def sign(ask: Ask, shop: Path, key: Path, *more: str, decision: str = "approve", **env: str) -> Ran:
    """Signed as research-lead, which carol is, unless told otherwise."""
    role = () if "--role" in more or "--revoke" in more else ("--role", "research-lead")
    said = () if "--revoke" in more else ("--decision", decision)
    words = ("sign", *said, "--reason", "seen it", "--key", key, "--yes", *role, *more)
    return ask(*words, cwd=shop, **env)


def notes(shop: Path) -> list[dict[str, Any]]:
    """The predicates of the notes, in order."""
    paths = sorted((shop / NOTES).rglob("*.json"), key=lambda path: path.name)
    return [json.loads(payload_of(path))["predicate"] for path in paths]


def payload_of(path: Path) -> bytes:
    return base64.b64decode(json.loads(path.read_text())["payload"])


def test_what_carol_signs_counts_raises_the_gate_and_stock_ssh_keygen_takes_it(
    shop: Path, keys: Path, ask: Ask, tmp_path: Path
) -> None:
    assert ask("audit", cwd=shop).code == 1
    done = sign(ask, shop, keys / "carol")
    assert done.code == 0, done.err
    [path] = (shop / NOTES).rglob("*.json")
    assert done.out.endswith(f"signed: {path.relative_to(shop)}\nnext: git add {path.relative_to(shop)}, "
                             "commit, and merge it to the base branch\n")  # fmt: skip
    (tmp_path / "sig").write_text(json.loads(path.read_text())["signature"])
    check = ["ssh-keygen", "-Y", "verify", "-f", str(shop / ".trl4ml/trust/allowed_signers"), "-I", CAROL,
             "-n", "signoff@trl4ml", "-s", str(tmp_path / "sig")]  # fmt: skip
    subprocess.run(check, input=payload_of(path), check=True, capture_output=True)
    assert ask("verify", cwd=shop).code == 0
    assert ask("gate", cwd=shop).code == 0


def test_all_that_is_signed_is_shown_first(shop: Path, keys: Path, ask: Ask) -> None:
    done = sign(
        ask, shop, keys / "carol", "--answer", "said=yes:in the minutes", "--expires", "30d"
    )
    statement = json.loads(done.out[done.out.index("{") : done.out.rindex("}") + 1])
    [path] = (shop / NOTES).rglob("*.json")
    assert statement == json.loads(payload_of(path))
    report = statement["subject"][0]["digest"]["sha256"]
    for line in (f"report sha256:{report}", "evidence        READY: shop supports level 0",
                 "with reviews    NOT READY: shop is below level 0",
                 "gates of shop   0 met · 1 unknown", "unknown         1 item\n", "does not apply  0 items",
                 "conditions      0 open", "held back  0 gate items up to level 0\n", "decision   approve as research-lead, by carol@example.org",
                 "about      all components, level 0", "answer     said: yes in the minutes",
                 "to answer  1 item up to level 0: said", "payload sha256:"):  # fmt: skip
        assert line in done.out, line


def test_without_yes_and_without_a_terminal_nothing_is_signed(
    shop: Path, keys: Path, ask: Ask
) -> None:
    done = ask(
        "sign",
        "--decision",
        "reject",
        "--role",
        "research",
        "--reason",
        "no",
        "--key",
        keys / "carol",
        cwd=shop,
    )
    assert (done.code, done.err) == (
        2, "trl4ml: nothing was signed: nobody can be asked here; look at what is shown above, and sign it "
        "with --yes\n",
    )  # fmt: skip
    assert "You sign:" in done.out
    assert not (shop / NOTES).exists()


MISSING = {
    "decision": (["--role", "research", "--reason", "r"], "--decision is missing: one of approve, approve-with-conditions, reject, recuse"),
    "role": (["--decision", "approve", "--reason", "r"], "--role is missing: one of research, research-lead"),
    "reason": (["--decision", "approve", "--role", "research"], "--reason is missing: say why, in your own words"),
    "blank reason": (["--decision", "approve", "--role", "research", "--reason", "  "], "--reason is missing: say why"),
    "condition": (["--decision", "approve-with-conditions", "--role", "research", "--reason", "r"], "--condition is missing: say what must be done, as in --condition"),
    "conditions of a reject": (["--decision", "reject", "--role", "research", "--reason", "r", "--condition", "c"], "--condition: conditions go with approve-with-conditions, and with nothing else"),
    "answers of a reject": (["--decision", "reject", "--role", "research", "--reason", "r", "--answer", "said=yes"], "--answer: answers go with an approval"),
    "revoke what": (["--decision", "revoke", "--reason", "r"], "--revoke is missing: say which note is taken back; see: trl4ml ledger show"),
    "revoke and approve": (["--decision", "approve", "--revoke", "abc"], "--revoke: takes a note back, and goes with no --decision approve"),
    "no note": (["--revoke", "abcdef"], "--revoke abcdef: there is no such note; see trl4ml ledger show, and give its digest"),
    "answer form": (["--decision", "approve", "--reason", "r", "--answer", "said"], "--answer said: give an item and an answer, as in d4-02=yes or d4-02=na:it has no users yet"),
    "answer word": (["--decision", "approve", "--reason", "r", "--answer", "said=maybe"], "--answer said=maybe: give an item and an answer"),
    "answer item": (["--decision", "approve", "--role", "research", "--reason", "r", "--answer", "sad=yes"], "--answer sad: no item that people answer is called so; did you mean 'said'?"),
    "answer why": (["--decision", "approve", "--role", "research", "--reason", "r", "--answer", "said=na:no"], "--answer said=na: say why it does not apply, in at least 10 characters after a colon"),
    "day": (["--expires", "soon"], "--expires: 'soon' is no day; give one as in 2027-05-21, or a number of days as in 90d"),
    "month": (["--expires", "3m"], "--expires: '3m' is no day"),
    "past": (["--decision", "approve", "--role", "research", "--reason", "r", "--expires", "2001-01-01"], "--expires 2001-01-01: is past; give a later day"),
    "component": (["--decision", "approve", "--role", "research", "--reason", "r", "--component", "shp"], "--component shp: there is no such component; did you mean 'shop'?; there is shop"),
    "role form": (["--decision", "approve", "--role", "Research Lead", "--reason", "r"], "--role: "),
    "long": (["--decision", "approve", "--role", "research", "--reason", "r" * 20_001], "--reason: "),
}  # fmt: skip


@pytest.mark.parametrize("name", MISSING)
def test_what_is_missing_or_wrong_is_told_by_its_option(
    shop: Path, keys: Path, ask: Ask, name: str
) -> None:
    given, says = MISSING[name]
    done = ask("sign", *given, "--key", keys / "carol", "--yes", cwd=shop)
    assert (done.code, len(done.err.splitlines())) == (2, 1), done.err
    assert done.err.startswith(f"trl4ml: {says}")
    assert not (shop / NOTES).exists()


def test_one_role_needs_no_naming_and_the_level_is_the_first_that_asks_for_it(
    shop: Path, keys: Path, ask: Ask
) -> None:
    ask("sign", "--decision", "approve", "--reason", "r", "--key", keys / "bob", "--yes", cwd=shop)
    [said] = notes(shop)
    assert (said["role"], said["level"], said["reviewer"]) == ("research", 1, BOB)


@pytest.mark.parametrize(("key", "says"), [
    ("mallory", "be entered there: trl4ml reviewers add WHO"),
    ("nope", "nope: No such file or directory"),
])  # fmt: skip
def test_a_key_that_is_not_known_signs_nothing(
    shop: Path, keys: Path, ask: Ask, key: str, says: str
) -> None:
    done = sign(ask, shop, keys / key)
    assert (done.code, says in done.err) == (2, True), done.err
    assert not (shop / NOTES).exists()


def test_a_key_of_the_working_tree_alone_signs_nothing(shop: Path, keys: Path, ask: Ask) -> None:
    """The change under review may not bring its own reviewers."""
    ask(
        "reviewers",
        "add",
        "mallory@example.org",
        "--role",
        "research-lead",
        "--key",
        keys / "mallory.pub",
        cwd=shop,
    )
    done = sign(ask, shop, keys / "mallory")
    assert (done.code, "is on no line of allowed_signers in main (" in done.err) == (2, True)


def test_as_somebody_else_is_refused(shop: Path, keys: Path, ask: Ask) -> None:
    done = sign(ask, shop, keys / "carol", "--as", BOB)
    assert done.err.endswith(f"is the key of {CAROL}, not of {BOB}\n")


def test_a_revoked_key_and_one_that_ended_sign_nothing(shop: Path, keys: Path, ask: Ask) -> None:
    ask("reviewers", "revoke", CAROL, cwd=shop)
    signers = shop / ".trl4ml/trust/allowed_signers"
    text = signers.read_text().replace(
        f"{BOB} namespaces=", f'{BOB} valid-before="20200101Z",namespaces='
    )
    signers.write_text(text)
    merged(shop)
    assert sign(ask, shop, keys / "carol").err.endswith("was revoked; sign with another key\n")
    ended = sign(ask, shop, keys / "bob", "--role", "research")
    assert "may not sign: the key of bob@example.org is valid only before 2020-01-01" in ended.err


def test_who_owns_or_wrote_it_or_has_not_the_role_is_warned_before(
    shop: Path, keys: Path, ask: Ask
) -> None:
    owner = sign(ask, shop, keys / "ada", "--role", "research")
    assert "warning: it would not count: ada@example.org owns shop" in owner.err
    role = sign(ask, shop, keys / "bob", "--role", "legal")
    assert "warning: it would not count: bob@example.org does not hold the role legal" in role.err
    assert "warning: the panel of level" not in role.err or "asks for" in role.err
    assert "\nit does not count: bob@example.org does not hold the role legal; " in role.out
    verified = ask("verify", cwd=shop)
    assert (verified.code, verified.out.count(" barred: ")) == (0, 2)


def test_who_wrote_the_change_is_warned_before(shop: Path, keys: Path, ask: Ask) -> None:
    (shop / "model.py").write_text("weights = []\n")
    git(shop, "add", "-A")
    git(shop, "commit", "-q", "-m", "model")
    subprocess.run(["git", "-C", str(shop), "-c", "user.name=Bob", "-c", f"user.email={BOB}", "commit", "-q",
                    "--amend", "--no-edit", "--reset-author"], check=True)  # fmt: skip
    done = sign(ask, shop, keys / "bob", "--role", "research")
    assert "warning: it would not count: bob@example.org wrote the change of shop" in done.err
    rejects = sign(ask, shop, keys / "bob", "--role", "research", decision="reject")
    assert rejects.err == ""


def test_what_git_ignores_is_told(shop: Path, keys: Path, ask: Ask) -> None:
    (shop / ".gitignore").write_text(".trl4ml/*\n")
    merged(shop)
    done = sign(ask, shop, keys / "carol")
    assert done.err.endswith(", so nobody else will see the review; mend .gitignore\n")


def test_without_cryptography_nothing_is_signed(shop: Path, keys: Path) -> None:
    code = ("import sys; sys.modules['cryptography'] = None; from trl4ml.cli import start; "
            "start(sys.argv[1:])")  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", code, "sign", "--decision", "approve", "--role", "research-lead",
         "--reason", "r", "--key", str(keys / "carol"), "--yes"],
        cwd=shop, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == 2
    assert "cryptography, which is not installed; pip install" in done.stderr
    assert not (shop / NOTES).exists()


def test_a_level_whose_panel_does_not_ask_for_the_role_is_told(
    shop: Path, keys: Path, ask: Ask
) -> None:
    done = sign(ask, shop, keys / "carol", "--level", "4")
    assert (
        "warning: the panel of level 4 asks for engineering, product, not for research-lead"
        in done.err
    )


def test_who_signs_in_a_second_role_is_told_that_the_first_speaks_no_more(
    shop: Path, keys: Path, ask: Ask
) -> None:
    as_lead = sign(ask, shop, keys / "carol", "--level", "1")
    assert as_lead.err == (
        "warning: the panel of level 1 asks for research, not for research-lead; it fills a place up to level 0\n"
    )
    done = sign(ask, shop, keys / "carol", "--role", "research", "--level", "1")
    assert done.err.startswith("warning: your approval as research-lead of 20")
    assert done.err.endswith(
        " speaks no more up to level 1: one person fills one role, the one named last\n"
    )
    assert "the panel lacks 1 research-lead" in ask("verify", cwd=shop).out
    again = sign(ask, shop, keys / "carol", "--role", "research", "--level", "1")
    assert again.err == ""
    asked = ask("request-review", "--level", "1", cwd=shop).out
    assert f"- {CAROL} as research-lead: has decided as research: approve, level 1, 20" in asked
    assert "; one person fills one role\n" in asked


def test_what_holds_a_gate_back_is_named_before_it_is_approved(
    tmp_path: Path, keys: Path, ask: Ask
) -> None:
    own = SHOP["checklists/own.yaml"].replace("level: 0, gate: false", "level: 1")
    shop = shop_of(tmp_path, {**SHOP, "checklists/own.yaml": own})
    ask("reviewers", "add", CAROL, "--role", "research", "--key", keys / "carol.pub", cwd=shop)
    merged(shop)
    done = sign(ask, shop, keys / "carol", "--role", "research", "--level", "1")
    assert "held back  1 gate item up to level 1: said\n" in done.out
    [path] = (shop / NOTES).rglob("*.json")
    back = sign(ask, shop, keys / "carol", "--revoke", str(path.relative_to(shop)))
    assert "\n  revokes " in back.out
    assert not any(row in back.out for row in ("held back  ", "to answer  ", "expires    "))


def test_longer_than_the_policy_lets_it_hold_is_told(shop: Path, keys: Path, ask: Ask) -> None:
    done = sign(ask, shop, keys / "carol", "--expires", "900d")
    assert "all the same: the policy lets none hold longer than 365d" in done.err


def test_conditions_rejections_and_recusals_are_notes_too(shop: Path, keys: Path, ask: Ask) -> None:
    sign(ask, shop, keys / "carol", "--condition", "watch the drift", "--condition", "name an owner",
         decision="approve-with-conditions")  # fmt: skip
    sign(ask, shop, keys / "bob", "--role", "research", decision="reject")
    sign(ask, shop, keys / "bob", "--role", "research", decision="recuse")
    said = notes(shop)
    assert [one["decision"] for one in said] == ["approve-with-conditions", "reject", "recuse"]
    assert said[0]["conditions"] == ["watch the drift", "name an owner"]
    assert ask("verify", cwd=shop).code == 0


def test_a_note_is_taken_back_by_its_signer_alone(shop: Path, keys: Path, ask: Ask) -> None:
    sign(ask, shop, keys / "carol")
    [path] = (shop / NOTES).rglob("*.json")
    digest = path.stem.split("-")[1]
    stranger = sign(ask, shop, keys / "bob", "--revoke", digest)
    assert "warning: it would not count: revokes a note of carol@example.org" in stranger.err
    own = sign(ask, shop, keys / "carol", "--revoke", str(path.relative_to(shop)))
    assert own.code == 0, own.err
    assert "000001 revoked: " in ask("ledger", "show", cwd=shop).out
    assert notes(shop)[-1]["role"] == "research-lead"


def test_a_clock_that_is_behind_dates_no_note_before_the_one_it_follows(
    shop: Path, keys: Path, ask: Ask
) -> None:
    sign(ask, shop, keys / "carol")
    found = signing.before(shop, None, None, False, lambda what: None)
    said = stating.Said(Decision.APPROVE, "research", "seen it")
    behind = datetime.now(UTC) - timedelta(hours=1)
    statement = stating.draft(found, said, BOB, behind)
    assert statement.predicate.created_at == notes(shop)[0]["createdAt"]
    assert statement.predicate.prev == found.reviews.verified.tip


def test_evidence_that_changes_makes_the_note_stale_and_the_gate_fall(
    shop: Path, keys: Path, ask: Ask
) -> None:
    sign(ask, shop, keys / "carol")
    assert ask("audit", cwd=shop).code == 0
    (shop / "LICENSE").write_text("MIT License\n")
    assert ask("audit", cwd=shop).code == 1
    told = ask("verify", cwd=shop)
    assert (
        told.code,
        "000001 stale: " in told.out,
        "and the evidence has changed since" in told.out,
    ) == (0, True, True)


def test_stored_evidence_is_signed_only_while_it_is_current(
    shop: Path, keys: Path, ask: Ask
) -> None:
    never = sign(ask, shop, keys / "carol", "--stored")
    assert (
        never.code,
        "a review is signed on current evidence, so leave --stored away" in never.err,
    ) == (2, True)
    ask("audit", cwd=shop)
    assert sign(ask, shop, keys / "carol", "--stored").code == 0


def test_a_ledger_that_is_not_whole_is_not_signed_into(shop: Path, keys: Path, ask: Ask) -> None:
    sign(ask, shop, keys / "carol")
    merged(shop)
    [path] = (shop / NOTES).rglob("*.json")
    path.unlink()
    done = sign(ask, shop, keys / "bob", "--role", "research")
    assert done.code == 2
    assert "was dropped: it is in main and not here" in done.err
    assert done.err.endswith(
        "nothing is signed while the ledger is not whole; see: trl4ml verify\n"
    )


def test_without_trust_nothing_is_signed(tmp_path: Path, keys: Path, ask: Ask) -> None:
    shop = shop_of(tmp_path)
    assert "no reviews are in force" in sign(ask, shop, keys / "carol").err
    ask("reviewers", "add", CAROL, "--role", "research-lead", "--key", keys / "carol.pub", cwd=shop)
    done = sign(ask, shop, keys / "carol")
    assert (
        "the base branch main has no .trl4ml/trust/policy.yaml yet; merge it there first"
        in done.err
    )


def test_a_trust_folder_outside_is_taken_by_option_and_by_environment(
    tmp_path: Path, keys: Path, ask: Ask
) -> None:
    shop = shop_of(tmp_path)
    ask("reviewers", "add", CAROL, "--role", "research-lead", "--key", keys / "carol.pub", cwd=shop)
    (shop / ".trl4ml/trust").rename(tmp_path / "trust")
    trust = str(tmp_path / "trust")
    assert sign(ask, shop, keys / "carol", "--trust", trust).code == 0
    assert ask("verify", cwd=shop, TRL4ML_TRUST=trust).code == 0
    inside = sign(ask, shop, keys / "carol", "--trust", str(shop))
    assert (inside.code, "lies in the repository" in inside.err) == (2, True)


@pytest.mark.parametrize(
    "kind", [["ecdsa", "-b", "256"], ["ecdsa", "-b", "521"], ["rsa", "-b", "3072"]], ids=" ".join
)
def test_every_kind_of_key_that_ssh_keygen_makes_signs(
    tmp_path: Path, ask: Ask, kind: list[str]
) -> None:
    shop = shop_of(tmp_path)
    key = new_key(tmp_path, "own", *kind)
    ask("reviewers", "add", CAROL, "--role", "research-lead", "--key", f"{key}.pub", cwd=shop)
    merged(shop)
    assert sign(ask, shop, key).code == 0
    assert ask("verify", cwd=shop).code == 0


def test_a_security_key_signs_and_is_asked_for_its_touch(
    tmp_path: Path, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The key is software of ours behind the interface that OpenSSH has for security keys."""
    device = tmp_path / "device.so"
    source = Path(__file__).parent / "security_key.c"
    built = subprocess.run(["cc", "-shared", "-fPIC", "-o", device, source, "-lcrypto"],
                           check=False, capture_output=True)  # fmt: skip
    if built.returncode:
        pytest.fail("needs a C compiler with the headers of OpenSSL 3: make compiler")
    monkeypatch.setenv("SSH_SK_PROVIDER", str(device))
    key = new_key(tmp_path, "own", "ed25519-sk", "-w", str(device))
    shop = shop_of(tmp_path)
    ask("reviewers", "add", CAROL, "--role", "research-lead", "--key", f"{key}.pub", cwd=shop)
    merged(shop)
    done = sign(ask, shop, key)
    assert (done.code, done.err) == (0, "touch the security key when it blinks\n")
    told = json.loads(ask("verify", "--format", "json", cwd=shop).out)
    assert [(one["standing"], one["grade"]) for one in told["notes"]] == [("counts", "ssh")]
    monkeypatch.setenv("SSH_SK_PROVIDER", str(tmp_path / "pulled-out.so"))
    gone = sign(ask, shop, key)
    assert gone.err.splitlines()[-1].startswith(f"trl4ml: nothing was signed with {key}: ")


def test_the_agent_signs_by_the_public_half_by_option_and_by_looking(
    shop: Path, keys: Path, ask: Ask, tmp_path: Path
) -> None:
    public = tmp_path / "carol.pub"
    public.write_text((keys / "carol.pub").read_text())
    alone = sign(ask, shop, public)
    assert alone.err.endswith(
        "the private half is neither beside it nor in ssh-agent; load it with: ssh-add\n"
    )
    said = ("sign", "--decision", "approve", "--role", "research-lead", "--reason", "r", "--yes")
    weak = new_key(tmp_path, "weak", "rsa", "-b", "1024")
    with agent(weak, keys / "carol", keys / "mallory") as env:
        assert sign(ask, shop, public, **env).code == 0
        assert ask(*said, "--agent", cwd=shop, **env).code == 0
        assert ask(*said, cwd=shop, **env).code == 0
    with agent(keys / "carol", keys / "bob") as env:
        several = ask(*said, cwd=shop, **env)
        assert several.err == (f"trl4ml: several of your keys may sign here: {BOB} (ssh-agent), {CAROL} (ssh-agent); "
                               "choose with --key FILE or --as WHO\n")  # fmt: skip
        assert ask(*said, "--as", CAROL, cwd=shop, **env).code == 0
    assert ask("verify", cwd=shop).out.count(" counts: ") == 4
    gone = ask(*said, "--agent", cwd=shop, **env)
    assert gone.err.startswith("trl4ml: ssh-agent: no key there may sign by main")


def test_an_agent_that_never_answers_is_not_waited_for(
    shop: Path, keys: Path, ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing, "PATIENCE_S", 0.2)
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(tmp_path / "agent"))
        dead.listen()
        done = ask("sign", "--decision", "approve", cwd=shop, SSH_AUTH_SOCK=str(tmp_path / "agent"))
    assert (done.code, "ssh-agent and ~/.ssh: no key there may sign by main" in done.err) == (
        2,
        True,
    )


def test_a_key_in_the_home_folder_is_found(shop: Path, keys: Path, ask: Ask) -> None:
    home = Path(os.environ["HOME"]) / ".ssh"
    home.mkdir(mode=0o700)
    for name in ("carol", "carol.pub"):
        (home / name).write_text((keys / name).read_text())
        (home / name).chmod(0o600)
    (home / "junk.pub").write_text("not a key")
    (home / "junk").write_text("")
    done = ask(
        "sign",
        "--decision",
        "approve",
        "--role",
        "research-lead",
        "--reason",
        "r",
        "--yes",
        cwd=shop,
    )
    assert done.code == 0, done.err
    assert f"key        {home / 'carol'}" in done.out


def test_a_locked_key_without_a_terminal_says_what_to_do(
    shop: Path, keys: Path, trl4ml: Any
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "trl4ml", "sign", "--decision", "approve", "--reason", "r", "--key",
         str(keys / "locked"), "--yes"], cwd=shop, capture_output=True, text=True, check=False,
        start_new_session=True, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.endswith("the passphrase is wrong, or there was no terminal to ask for it; try again at a "
                                "terminal, or load the key into ssh-agent and use --agent\n")  # fmt: skip
    assert not (shop / NOTES).exists()


def test_a_signature_that_the_check_would_refuse_is_not_written(
    shop: Path, keys: Path, ask: Ask, tmp_path: Path
) -> None:
    """An ssh-keygen that signs with another key than it was given."""
    (tmp_path / "bin").mkdir()
    other = tmp_path / "bin/ssh-keygen"
    other.write_text(
        f'#!/bin/sh\nexec {shutil.which("ssh-keygen")} -Y sign -f {keys / "mallory"} -n signoff@trl4ml "$7"\n'
    )
    other.chmod(0o755)
    done = sign(
        ask, shop, keys / "carol", PATH=f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"
    )
    assert done.code == 2
    assert "trl4ml: nothing was written, as the note would be refused: the key SHA256:" in done.err
    assert not (shop / NOTES).exists()


def test_an_old_key_file_needs_its_public_half_beside_it(
    shop: Path, ask: Ask, tmp_path: Path
) -> None:
    old = new_key(tmp_path, "old", "rsa", "-b", "2048", "-m", "PEM")
    assert "is on no line of allowed_signers in main (" in sign(ask, shop, old).err
    Path(f"{old}.pub").unlink()
    alone = sign(ask, shop, old)
    assert alone.err.endswith(f"write it there with: ssh-keygen -y -f {old} > {old}.pub\n")
    assert sign(ask, shop, shop / "LICENSE").err.endswith(
        "is no key of OpenSSH; give a file such as ~/.ssh/id_ed25519\n"
    )


def test_a_key_that_others_may_read_is_told(
    shop: Path, keys: Path, ask: Ask, tmp_path: Path
) -> None:
    open_key = tmp_path / "open"
    open_key.write_text((keys / "carol").read_text())
    open_key.chmod(0o644)
    done = sign(ask, shop, open_key)
    assert f"others may read the private key; close it with: chmod 600 {open_key}" in done.err


def test_a_project_below_the_top_of_the_repository_is_signed_from_the_top(
    tmp_path: Path, keys: Path, ask: Ask
) -> None:
    top = tmp_path / "all"
    lay_out(top / "teams/shop", SHOP)
    git(tmp_path, "init", "-q", "-b", "main", "all")
    merged(top, "one")
    ask("reviewers", "add", CAROL, "--role", "research-lead", "--key", keys / "carol.pub", "--project",
        "teams/shop", cwd=top)  # fmt: skip
    merged(top, "trust")
    done = sign(ask, top, keys / "carol", str(top / "teams/shop"))
    assert done.code == 0, done.err
    [path] = (top / "teams/shop" / NOTES).rglob("*.json")
    assert f"next: git add {path.relative_to(top)}, commit" in done.out
    assert ask("verify", "teams/shop", cwd=top).code == 0


def test_hostile_words_are_signed_to_the_letter_and_shown_harmless(
    shop: Path, keys: Path, ask: Ask
) -> None:
    words = "\x1b[2Jok\u202e<script>alert(1)</script>\nline"
    done = ask("sign", "--decision", "approve", "--role", "research-lead", "--reason", words, "--key",
               keys / "carol", "--yes", cwd=shop)  # fmt: skip
    assert done.code == 0, done.err
    assert not {"\x1b", "\u202e"} & set(done.out + done.err)
    assert notes(shop)[0]["reason"] == words
    shown = ask("ledger", "show", cwd=shop).out
    assert not {"\x1b", "\u202e"} & set(shown)


def test_what_stands_in_the_way_of_the_ledger_is_told(shop: Path, keys: Path, ask: Ask) -> None:
    (shop / NOTES).write_text("in the way")
    done = sign(ask, shop, keys / "carol")
    assert (done.code, "is no folder; move it away" in done.err) == (2, True)
    (shop / NOTES).unlink()
    (shop / NOTES).symlink_to("/tmp")
    assert "is a link" in sign(ask, shop, keys / "carol").err


def test_without_ssh_keygen_it_says_what_to_install(
    shop: Path, keys: Path, ask: Ask, tmp_path: Path
) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/git").symlink_to(str(shutil.which("git")))
    done = sign(ask, shop, keys / "carol", PATH=str(tmp_path / "bin"))
    assert "ssh-keygen is not installed; install OpenSSH 8.0 or newer" in done.err


class Desk:
    """A terminal with a person: `trl4ml sign` in a process of its own, on a pseudo-terminal."""

    def __init__(self, shop: Path, *words: str | Path) -> None:
        self.said = ""
        self.pid, self.line = pty.fork()
        if self.pid == 0:
            os.chdir(shop)
            os.environ["TERM"] = "dumb"
            os.execv(sys.executable, [sys.executable, "-m", "trl4ml", *map(str, words)])

    def until(self, words: str, wait_s: float = 30) -> None:
        ends = time.monotonic() + wait_s
        while words not in self.said:
            assert time.monotonic() < ends, f"{words!r} did not come: {self.said}"
            if select.select([self.line], [], [], 0.1)[0]:
                try:
                    self.said += os.read(self.line, 65536).decode("utf-8", "replace")
                except OSError:
                    pytest.fail(f"ended before {words!r}: {self.said}")

    def types(self, text: str) -> None:
        os.write(self.line, text.encode())

    def ends(self) -> int:
        while True:
            try:
                more = os.read(self.line, 65536)
            except OSError:
                break
            if not more:
                break
            self.said += more.decode("utf-8", "replace")
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def test_at_a_terminal_it_asks_for_what_is_missing_after_it_has_shown_the_report(
    shop: Path, keys: Path, ask: Ask
) -> None:
    desk = Desk(shop, "sign", "--key", keys / "carol")
    desk.until("Your decision (approve, approve-with-conditions, reject, recuse): ")
    assert "You review shop:" in desk.said
    desk.types("perhaps\n")
    desk.until("it is one of approve, approve-with-conditions, reject, recuse")
    desk.types("approve-with-conditions\n")
    desk.until("As what (research, research-lead): ")
    desk.types("research-lead\n")
    desk.until("Why, in your own words: ")
    desk.types("seen it\n")
    desk.until("Condition: ")
    desk.types("watch the drift\n")
    desk.until("Another condition (empty for none): ")
    desk.types("\n")
    desk.until("Sign this? [y/N] ")
    desk.types("y\n")
    assert desk.ends() == 0, desk.said
    [said] = notes(shop)
    assert (said["decision"], said["conditions"]) == (
        "approve-with-conditions",
        ["watch the drift"],
    )


@pytest.mark.parametrize("answer", ["n\n", "\n", "\x04"])
def test_at_a_terminal_anything_but_yes_signs_nothing(shop: Path, keys: Path, answer: str) -> None:
    desk = Desk(
        shop,
        "sign",
        "--decision",
        "reject",
        "--role",
        "research",
        "--reason",
        "r",
        "--key",
        keys / "carol",
    )
    desk.until("Sign this? [y/N] ")
    desk.types(answer)
    assert desk.ends() == 2
    assert "nothing was signed" in desk.said
    assert not (shop / NOTES).exists()


def test_at_a_terminal_an_interrupt_signs_nothing(shop: Path, keys: Path) -> None:
    desk = Desk(
        shop,
        "sign",
        "--decision",
        "reject",
        "--role",
        "research",
        "--reason",
        "r",
        "--key",
        keys / "carol",
    )
    desk.until("Sign this? [y/N] ")
    desk.types("\x03")
    assert (desk.ends(), "trl4ml: interrupted" in desk.said) == (130, True)
    assert not (shop / NOTES).exists()


def test_at_a_terminal_ssh_keygen_asks_for_the_passphrase_itself(shop: Path, keys: Path) -> None:
    words = ("sign", "--decision", "approve", "--reason", "r", "--key", keys / "locked", "--yes")
    wrong = Desk(shop, *words)
    wrong.until("Enter passphrase")
    wrong.types("open barley\n")
    assert (wrong.ends(), "the passphrase is wrong" in wrong.said) == (2, True)
    right = Desk(shop, *words)
    right.until("Enter passphrase")
    right.types("open sesame\n")
    assert right.ends() == 0, right.said
    assert "open sesame" not in right.said
    assert notes(shop)[0]["reviewer"] == "lock@example.org"


@pytest.mark.slow
def test_killed_at_any_moment_the_ledger_is_whole(shop: Path, keys: Path, ask: Ask) -> None:
    command = [sys.executable, "-m", "trl4ml", "sign", "--decision", "approve", "--role", "research-lead",
               "--reason", "r", "--key", str(keys / "carol"), "--yes"]  # fmt: skip
    started = time.monotonic()
    subprocess.run(command, cwd=shop, check=True, capture_output=True)
    whole = time.monotonic() - started
    for part in (0.5, 0.7, 0.8, 0.85, 0.9, 0.95, 1.0):
        process = subprocess.Popen(
            command, cwd=shop, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        time.sleep(whole * part)
        process.send_signal(signal.SIGKILL)
        process.wait()
        done = ask("verify", "--quiet", cwd=shop)
        assert (done.code, done.err) == (0, "")
    assert sign(ask, shop, keys / "carol").code == 0
    git(shop, "status")
