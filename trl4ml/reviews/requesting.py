"""What is to be reviewed, and by whom: the request to paste into a message."""

from datetime import datetime
from typing import Any, NamedTuple

from trl4ml.core.evidence import Outcome
from trl4ml.core.level import LEVELS
from trl4ml.core.panel import PASSKEY
from trl4ml.core.review import NAMESPACE, Decision
from trl4ml.core.standing import Standing
from trl4ml.core.voices import predicate
from trl4ml.render.words import verdict
from trl4ml.reviews import reviewing, stating
from trl4ml.reviews.signing import Before
from trl4ml.reviews.stating import Said
from trl4ml.reviews.trust_files import POLICY, TRUST
from trl4ml.reviews.verifying import lacks


class Asked(NamedTuple):
    """Somebody who holds a role that a panel asks for."""

    who: str
    role: str
    says: str
    """What they decided already, or why their approval would not count; empty where they are asked."""


class Request(NamedTuple):
    """Who must look at what, up to which level."""

    project: str
    report: str
    level: int
    verdict: str
    lacking: tuple[str, ...]
    """What each panel up to the level still lacks, one sentence each."""
    people: tuple[Asked, ...]
    empty: tuple[str, ...]
    """Roles that are asked for and that nobody holds."""
    link: str
    """Where they sign in a browser; empty where only the terminal is known."""
    pages: str
    """What is still to be done so that they find a page there; empty where nothing is."""


def request(found: Before, level: int | None, component: str | None, now: datetime) -> Request:
    """What the panels up to a level lack; by default as far as the evidence leads. Raises WrongInput."""
    report, reviews = found.report, found.reviews
    stating.known_component(report, component)
    wanted = level if level is not None else _wanted(found, component)
    lacking, roles = [reviews.problem] if reviews.problem else [], set[str]()
    for name, levels in reviewing.panels(reviews).items():
        for at, one in sorted(levels.items()):
            if component in (None, name) and at <= wanted and one.outcome is not Outcome.YES:
                if not reviews.problem:
                    lacking.append(f"{name}, level {at} ({LEVELS[at].name}): {lacks(one)}")
                panel = reviews.policy.panel(at)
                roles |= set(panel.roles) if panel else set()
    held = reviews.policy.roles
    people = tuple(Asked(who, role, _says(found, who, role, wanted, component, now))
                   for role in sorted(roles) for who in sorted(held.get(role, ())))  # fmt: skip
    word, why = verdict(report)
    return Request(report.project, reviews.report, wanted, f"{word}: {why}", tuple(lacking), people,
                   tuple(sorted(role for role in roles if not held.get(role))),
                   *_link(found, wanted))  # fmt: skip


def _wanted(found: Before, component: str | None) -> int:
    """As far as the evidence alone leads; or the level worked on, where that is higher."""
    reports = (found.report, found.reviews.base_report)
    shown, alone = (
        [one for one in report.components if component in (None, one.name)] for report in reports
    )
    worked_on = min(9 if one.working_on is None else one.working_on for one in shown)
    return max(worked_on, min(-1 if one.supported is None else one.supported for one in alone))


def _says(
    found: Before, who: str, role: str, level: int, component: str | None, now: datetime
) -> str:  # fmt: skip
    """What they decided and still counts; else why an approval of theirs would not; else what of
    theirs is out of date.
    """
    if not _may_sign(found, who, now):
        return "has no key that may sign today; enter one with: trl4ml reviewers add"
    own = [note for note in found.reviews.verified.notes if note.signer == who and note.statement]
    asked = [n for n in range(level + 1) if role in stating.roles_of(found.reviews.policy, n)]
    for one in reversed(own):
        said = predicate(one)
        assert said
        if one.standing is not Standing.COUNTS or said.decision is Decision.REVOKE:
            continue
        if said.decision is Decision.RECUSE:
            return f"takes no part, as they said on {said.created_at[:10]}"
        about = f" {said.component}" if said.component else ""
        decided = f"{said.decision}{about}, level {said.level}, {said.created_at[:10]}"
        if said.role == role and said.level >= level:
            return f"has decided: {decided}"
        if said.role != role and asked and said.level >= asked[0]:
            return f"has decided as {said.role}: {decided}; one person fills one role"
    mine = Said(Decision.APPROVE, role, "to see whether it would count", level, component)
    if against := stating.not_counting(found, stating.draft(found, mine, who, now), who):
        return "; ".join(against)
    late = [one for one in own if one.standing in (Standing.STALE, Standing.EXPIRED)]
    return f"what they said is {late[-1].standing}, so they are asked again" if late else ""


def _may_sign(found: Before, who: str, now: datetime) -> bool:
    trust = found.reviews.trust
    return trust is not None and any(
        one.principal == who and one.key not in trust.revoked and not one.lacks(NAMESPACE, now)
        for one in trust.signers
    )


def _link(found: Before, level: int) -> tuple[str, str]:
    """Where they sign in a browser, and what makes the page there."""
    policy, page = found.reviews.policy, f"sign.html?level={level}"
    if policy.server:
        return f"{policy.server}/queue", ""
    if PASSKEY not in policy.accept:
        return "", ""
    made = "`trl4ml site build` makes the pages"
    if not policy.origins:
        return "", (f"nobody can sign in a browser yet: {made}; publish the folder site under https, name its "
                    f"address under origins in {TRUST}/{POLICY}, and have people open {page} there")  # fmt: skip
    at = policy.origins[0]
    link = f"{at}, there the page {page} of {found.report.project}"
    return link, f"{made}; the folder site belongs at {at}, where people open {page}"


def text(one: Request) -> str:
    """To paste into a message: plain text, a line for each thing."""
    lines = [f"Please review {one.project} up to level {one.level} ({LEVELS[one.level].name}).", "",
             f"Report: sha256 {one.report}", f"Verdict: {one.verdict}"]  # fmt: skip
    lines += ["", "What lacks:", *(f"- {says}" for says in one.lacking)] if one.lacking else [
        "", f"No panel up to level {one.level} lacks anything.",
    ]  # fmt: skip
    if one.people:
        lines += ["", "Who:"]
        lines += [f"- {p.who} as {p.role}{f': {p.says}' if p.says else ''}" for p in one.people]
    lines += [f"- nobody holds the role {role}; enter somebody with: trl4ml reviewers add"
              for role in one.empty]  # fmt: skip
    lines += ["", f"In a browser: {one.link}"] if one.link else [""]
    lines.append(f"At a terminal: trl4ml sign --level {one.level}")
    return "\n".join(lines)


def plain(one: Request) -> dict[str, Any]:
    return {**one._asdict(), "lacking": list(one.lacking), "empty": list(one.empty),
            "people": [person._asdict() for person in one.people], "link": one.link or None,
            "pages": one.pages or None, "text": text(one)}  # fmt: skip
