"""`trl4ml sign`: a review of the report of this moment, signed with your own SSH key."""

import os
import shlex
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from trl4ml import errors
from trl4ml.cli.audit_command import Base, Trust
from trl4ml.cli.output import progress, put, talk
from trl4ml.core.answer import Said as Answered
from trl4ml.core.review import NAMESPACE, Decision, ReviewAnswer, payload
from trl4ml.core.standing import Checked
from trl4ml.render.plain import printable

WORDS = {"yes": Answered.YES, "no": Answered.NO, "na": Answered.NOT_APPLICABLE,
         "not-applicable": Answered.NOT_APPLICABLE}  # fmt: skip


def command(
    path: Annotated[Path | None, typer.Argument(help="The project's folder.")] = None,
    decision: Annotated[Decision | None, typer.Option(help="What you decide; at a terminal it is asked for.")] = None,
    role: Annotated[str | None, typer.Option(help="What you review as; else the one role that you hold.")] = None,
    level: Annotated[int | None, typer.Option(min=0, max=9, help="Up to which level; else the first one to be reached whose panel asks for the role.")] = None,
    component: Annotated[str | None, typer.Option(help="Only this component.")] = None,
    reason: Annotated[str, typer.Option(help="Why, in your own words.")] = "",
    condition: Annotated[list[str] | None, typer.Option(help="What must be done before the next gate. Repeatable.")] = None,
    answer: Annotated[list[str] | None, typer.Option(metavar="ITEM=yes|no|na[:REMARK]", help="What you answer to an item. Repeatable.")] = None,
    expires: Annotated[str | None, typer.Option(metavar="DAY", help="From when it no longer holds, as in 2027-05-21 or 90d.")] = None,
    revoke: Annotated[str | None, typer.Option(metavar="NOTE", help="Take back a note of yours: its digest, or its path.")] = None,
    key: Annotated[str | None, typer.Option(metavar="FILE", help="Your key; a public one if ssh-agent holds the other half.")] = None,
    agent: Annotated[bool, typer.Option("--agent", help="Look for your key in ssh-agent alone.")] = False,
    who: Annotated[str | None, typer.Option("--as", metavar="WHO", help="As whom, where several of your keys may sign.")] = None,
    stored: Annotated[bool, typer.Option("--stored", help="Take stored evidence, if all of it is current; run no probe.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Sign without asking; needed where nobody can be asked.")] = False,
    base: Base = None,
    trust: Trust = None,
) -> int:  # fmt: skip
    """Sign your decision on the project as it is now. It is shown first, asked for once, and checked."""
    from trl4ml.cli import signing_talk
    from trl4ml.reviews import sealing, signing, stating

    now = datetime.now(UTC)
    _fit(decision, revoke)
    ends = stating.first_moment(expires, now) if expires is not None else None
    answers = [_answer(one) for one in answer or ()]
    said = stating.Said(
        decision, role or "", reason, level, component, condition or (), answers, ends
    )
    with progress() as tell:
        found = signing.before(path, base, trust, stored, tell)
    assert found.reviews.trust
    held, signer = sealing.chosen(key, agent, found.reviews.trust, who, now)
    put(signing_talk.evidence(found))
    asker = signing_talk.Asker()
    if revoke is not None:
        said = stating.taking_back(said, stating.note_called(found, revoke))
    said = signing_talk.completed(found, said, signer.principal, asker)
    statement = stating.draft(found, said, signer.principal, now)
    put(signing_talk.decision(found, statement, held))
    for doubt in stating.doubts(found, statement, signer):
        talk(f"warning: {doubt}")
    if not yes and not asker.agreed():
        raise errors.WrongInput("nothing was signed")
    signature = sealing.signed(payload(statement), held, NAMESPACE, talk)
    stood = signing.kept(found, payload(statement), signature, now)
    put(_told(stood, found.reviews.ground.root))
    if found.reviews.ground.tree.history.ignores(stood.path):
        talk(f"git ignores {stood.path}, so nobody else will see the review; mend .gitignore")
    return errors.MET


def _fit(decision: Decision | None, revoke: str | None) -> None:
    """Raises WrongInput where a note is to be taken back, and it is not said which, or more is."""
    if revoke is not None and decision not in (None, Decision.REVOKE):
        says = f"takes a note back, and goes with no --decision {decision}"
        raise errors.WrongInput(f"--revoke: {says}")
    if decision is Decision.REVOKE and revoke is None:
        says = "say which note is taken back; see: trl4ml ledger show"
        raise errors.WrongInput(f"--revoke is missing: {says}")


def _answer(text: str) -> ReviewAnswer:
    """`d4-02=yes:seen in the minutes`. Raises WrongInput."""
    item, equals, rest = text.partition("=")
    word, _, remark = rest.partition(":")
    if not equals or word not in WORDS:
        raise errors.WrongInput(f"--answer {text}: give an item and an answer, as in d4-02=yes or "
                                "d4-02=na:it has no users yet")  # fmt: skip
    return ReviewAnswer.model_construct(item=item, answer=WORDS[word], remark=remark.strip())


def _told(stood: Checked, root: Path) -> str:
    path = os.path.relpath(root / stood.path)
    lines = [f"signed: {path}"]
    if stood.says:
        lines.append(f"it does not count: {stood.says}")
    lines.append(f"next: git add {shlex.quote(path)}, commit, and merge it to the base branch")
    return "".join(f"{printable(line)}\n" for line in lines)
