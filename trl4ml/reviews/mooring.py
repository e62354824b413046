"""The ledger anchored: a git tag, signed, that names the newest notes, so that no history can lose them."""

import tempfile
from pathlib import Path

from trl4ml.errors import WrongInput
from trl4ml.ledger import anchors
from trl4ml.ledger.errors import Refused
from trl4ml.ledger.trust import Trust
from trl4ml.readers.git import ask
from trl4ml.reviews import sealing
from trl4ml.reviews.keyholding import line_of
from trl4ml.reviews.signing import usable
from trl4ml.reviews.trusting import Reviews

SIGNING = ("-c", "gpg.format=ssh", "-c", "gpg.ssh.program=ssh-keygen", "-c", "tag.gpgSign=true")


def anchored(reviews: Reviews, key: str | None, agent: bool) -> tuple[str, bool]:
    """The name of the tag that anchors the ledger now, and whether it is new. Raises WrongInput.

    The tag stays here: pushing it is for a person to do. Only notes of the base branch are anchored,
    as a tag outlives a branch that is never merged.
    """
    if not usable(reviews):
        raise WrongInput(reviews.problem)
    assert reviews.trust
    try:
        name, said = anchors.stated(reviews.verified, reviews.ground.tree.history.top.prefix)
    except Refused as refused:
        raise WrongInput(str(refused)) from None
    _refuse_unmerged(reviews)
    if name in reviews.ground.anchors:
        return name, False
    held, _ = sealing.chosen(key, agent, reviews.trust, None, reviews.ground.now, anchors.NAMESPACE)
    root = reviews.ground.root
    _tag(root, name, said, held)
    if why := _odd(root, name, reviews.trust):
        ask(root, ("tag", "-d", name))
        raise WrongInput(f"no anchor was made, as it would not hold: {why}")
    return name, True


def _refuse_unmerged(reviews: Reviews) -> None:
    base = reviews.ground.base
    new = [one.path for one in reviews.verified.notes if one.path not in base.notes]
    if new:
        more = f" and {len(new) - 1} more" if len(new) > 1 else ""
        raise WrongInput(f"{new[0]}{more}: not in {base.shown} yet; a tag outlives a branch, so merge the "
                         "notes there first")  # fmt: skip


def _tag(root: Path, name: str, said: str, held: sealing.Held) -> None:
    with tempfile.TemporaryDirectory(prefix="trl4ml-anchor-") as folder:
        file = held.file.absolute() if held.file else Path(folder) / "key.pub"
        if held.file is None:
            file.write_text(f"{line_of(held.blob)}\n")
        command = (*SIGNING, "-c", f"user.signingkey={file}", "tag", "-s", "-m", said, "--", name)
        [done] = ask(root, command)
    if done.complaint:
        raise WrongInput(f"no tag was made: git says: {done.complaint}")


def _odd(root: Path, name: str, trust: Trust) -> str:
    """Why the tag that was made a moment ago would be no anchor; empty where it is one."""
    [made] = ask(root, ("cat-file", "tag", f"refs/tags/{name}"))
    if made.complaint:
        return made.complaint
    try:
        anchors.read(made.out, name, trust)
    except Refused as refused:
        return str(refused)
    return ""
