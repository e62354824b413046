"""`policy.yaml` of reviews: written for the first reviewer; a person put into a role, and no more."""

import json
from typing import Any

from trl4ml.core.panel import PANELS, ReviewPolicy
from trl4ml.errors import WrongInput
from trl4ml.load.files import document, review_policy
from trl4ml.load.places import Node, locate
from trl4ml.load.text import plain

POLICY = ".trl4ml/trust/policy.yaml"
HEAD = """\
# Who may review, and what an approval takes. It is read from the base branch, never from the change
# under review: merge it there. Every key: trl4ml schema review-policy
"""
REST = """\

# The panel of each level, as it is without a word from you. You may only tighten one: more roles,
# more people, a quorum. To change one, take out the # and keep what is asked already.
# panels:
{panels}
# from_level: 0               # gates below this level need no review
# reviewer_is_not_author: true
# expires_after: 365d         # how long an approval holds, at most
# veto: [legal]               # whose rejection holds a gate back; everybody's, unless you say so
# accept: [ssh, passkey]
# origins: [https://reviews.example.org]   # the pages on which passkeys may sign
# forge: {{kind: github, url: "https://github.com/OWNER/PROJECT", branch: main}}
"""


def first() -> str:
    """The policy of a project in which nobody has a role yet."""
    panels = "\n".join(
        f'#   "{level}": {{roles: {{{", ".join(f"{r}: {n}" for r, n in roles.items())}}}}}'
        for level, roles in PANELS.items()
    )
    return HEAD + REST.format(panels=panels)


def policy(text: str) -> ReviewPolicy:
    """The rules that the text declares. Raises Complaints."""
    return review_policy(text, POLICY)


def granted(text: str, principal: str, role: str) -> str:
    """The policy with the person in the role; the same text where they hold it already.

    Raises WrongInput with the lines to paste, where it would have to be rewritten.
    """
    if "\nroles:" not in f"\n{text}" and text.startswith(HEAD):
        return f"{HEAD}roles:\n  {role}: [{_word(principal)}]\n{text.removeprefix(HEAD)}"
    if principal in policy(text).roles.get(role, ()):
        return text
    before = document(text, POLICY)
    roles = before.data.get("roles") or {}
    held = roles.get(role) or []
    wanted = {**before.data, "roles": {**roles, role: [*held, principal]}}
    made = _made(text, before, principal, role, roles)
    if _sorted(_read(made)) != _sorted(wanted):
        raise _by_hand(principal, role)
    return made


def _made(text: str, root: Node, principal: str, role: str, roles: dict[str, Any]) -> str:
    """The text with the person put in at the deepest place that is there already."""
    entry = f"{role}: [{_word(principal)}]"
    if roles.get(role):
        return _added(text, locate(root, ("roles", role)), _word(principal))
    if role in roles:
        node = locate(root, ("roles", role))
        return _spliced(text, node.start, node.end, f" [{_word(principal)}]")
    if roles:
        return _added(text, locate(root, ("roles",)), entry)
    key = locate(root, ("roles",), key=True)
    if key is root:
        end = "" if text.endswith("\n") else "\n"
        return f"{text}{end}roles:\n  {entry}\n"
    node = locate(root, ("roles",))
    return _spliced(text, node.start, node.end, f" {{{entry}}}")


def _added(text: str, node: Node, new: str) -> str:
    """One more entry in a list or mapping, in the way that the ones there are written."""
    if node.opened is not None:
        return _spliced(text, node.end - 1, node.end - 1, f", {new}")
    dash = "- " if isinstance(node.data, list) else ""
    lines, above = text.splitlines(keepends=True), node.line - 1
    return "".join([*lines[:above], f"{' ' * (node.column - 1)}{dash}{new}\n", *lines[above:]])


def _spliced(text: str, start: int, end: int, new: str) -> str:
    before = text[:start]
    return before + (new.lstrip() if before.endswith(" ") and new[0] == " " else new) + text[end:]


def _word(principal: str) -> str:
    """As YAML reads it as text: quoted where it would be a number or null."""
    return principal if plain(principal) == principal else json.dumps(principal)


def _sorted(data: Any) -> Any:
    """The policy with the people of each role in order: a new one may stand first."""
    roles = data.get("roles") if isinstance(data, dict) else None
    if not isinstance(roles, dict):
        return data
    return {**data, "roles": {r: sorted(map(str, held or ())) for r, held in roles.items()}}


def _read(text: str) -> Any:
    try:
        return document(text, POLICY).data
    except WrongInput:
        return None


def _by_hand(principal: str, role: str) -> WrongInput:
    lines = f"roles:\n  {role}: [{_word(principal)}]"
    return WrongInput(
        f"{POLICY}: cannot be added to without rewriting it; put this there:\n{lines}"
    )
