"""The trust folder: keys, roles and rules of reviews, from the base branch or from outside."""

import os
from collections.abc import Mapping
from pathlib import Path

from trl4ml.core.panel import ReviewPolicy
from trl4ml.errors import WrongInput
from trl4ml.ledger import revoked, signers
from trl4ml.ledger.errors import Refused
from trl4ml.ledger.trust import Trust
from trl4ml.load import disk, files
from trl4ml.readers.branch import Branch

TRUST = ".trl4ml/trust"
POLICY, SIGNERS, REVOKED = NAMES = ("policy.yaml", "allowed_signers", "revoked")


def of(there: Mapping[str, bytes | None], base: Branch) -> Trust | None:
    """What the base branch says, by the files that it has; None where it has no policy.

    Raises WrongInput with every complaint.
    """
    texts = {}
    for name in NAMES:
        path = f"{TRUST}/{name}"
        if path not in there:
            continue
        content = there[path]
        if content is None:
            raise WrongInput(f"{base.shown}:{path}: is a link, or too large; put the file itself "
                             "there, on that branch")  # fmt: skip
        texts[name] = content
    if POLICY not in texts:
        return None
    return _trust(texts, f"{base.shown}:{TRUST}", f"{base.shown} ({base.commit[:12]})")


def outside(top: Path, folder: Path) -> Trust:
    """What a folder outside the repository says. Raises WrongInput with every complaint."""
    if folder.resolve().is_relative_to(top.resolve()):
        raise WrongInput(f"--trust {folder}: lies in the repository, where what is under review could "
                         "change it; give a folder outside, or none for the base branch's")  # fmt: skip
    if not (folder / POLICY).is_file():
        raise WrongInput(f"--trust {folder}: has no {POLICY}; give a folder that holds it and "
                         f"{SIGNERS}")  # fmt: skip
    there = [name for name in NAMES if os.path.lexists(folder / name)]
    texts = {name: disk.read(folder / name, str(folder / name)).encode() for name in there}
    return _trust(texts, str(folder), str(folder))


def own_policy(root: Path) -> ReviewPolicy:
    """The rules that the working tree proposes: they say what will be asked, and allow nothing."""
    path = f"{TRUST}/{POLICY}"
    if not os.path.lexists(root / path):
        return ReviewPolicy()
    return files.review_policy(disk.read_inside(root, path), path)


def not_yet(base: Branch) -> str:
    """Why nobody is trusted: what the working tree proposes is not in the base branch."""
    return (f"the base branch {base.shown} has no {TRUST}/{POLICY} yet; merge it there first, or "
            "name a trust folder outside with --trust")  # fmt: skip


def _trust(texts: Mapping[str, bytes], at: str, shown: str) -> Trust:
    policy = files.review_policy(_text(texts[POLICY], f"{at}/{POLICY}"), f"{at}/{POLICY}")
    try:
        known = signers.parsed(_ascii(texts, SIGNERS), f"{at}/{SIGNERS}")
        ended = revoked.parsed(_ascii(texts, REVOKED), f"{at}/{REVOKED}")
    except Refused as error:
        raise WrongInput(str(error)) from None
    return Trust(policy, known, ended, shown)


def _ascii(texts: Mapping[str, bytes], name: str) -> str:
    return texts.get(name, b"").decode("ascii", "replace")


def _text(content: bytes, shown: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise WrongInput(f"{shown}: not UTF-8; save the file as UTF-8") from None
