"""What `trl4ml sign` shows before it signs, and what it asks for where a person can be asked."""

from collections.abc import Callable
from typing import TypeVar

from trl4ml.cli.dialogue import Dialogue, at_terminal, plain_wanted
from trl4ml.cli.output import coloured, table, width
from trl4ml.core.report import ComponentReport
from trl4ml.core.review import Decision, Statement, payload
from trl4ml.core.verdict import Status
from trl4ml.errors import WrongInput
from trl4ml.render.plain import json_text, printable
from trl4ml.render.walk import Words
from trl4ml.render.words import STATUS, verdict
from trl4ml.reviews.sealing import Held
from trl4ml.reviews.signing import Before
from trl4ml.reviews.stating import Said, digest_of, open_answers, open_gates

ReadT = TypeVar("ReadT")
MOST = 12
"""Names in one list; the rest is counted."""
DECISIONS = tuple(one for one in Decision if one is not Decision.REVOKE)


def evidence(found: Before) -> str:
    """What is reviewed: the report that is signed, its verdict, each gate, what is unknown; and what
    the reviews so far make of it.
    """
    reviews = found.reviews
    report = reviews.base_report
    word, why = verdict(report)
    counts = report.counts()
    conditions = [v.item for c in found.report.components for v in c.verdicts
                  if v.item.startswith("condition-") and v.status is not Status.MET]  # fmt: skip
    rows = [
        ("evidence", f"{word}: {why}"),
        *((f"gates of {one.name}", _gates(one)) for one in report.components),
        ("unknown", _many(counts[Status.UNKNOWN], "item")),
        ("does not apply", _many(counts[Status.NOT_APPLICABLE], "item")),
        ("waived", _many(counts[Status.WAIVED], "item")),
        ("with reviews", ": ".join(verdict(found.report))),
        ("conditions", f"{len(conditions)} open{_listed(conditions)}"),
        ("trust", f"{reviews.trusted_from}; {_many(len(reviews.verified.notes), 'note')} so far"),
    ]
    manifests = sorted(reviews.manifests.items())
    return (
        f"You review {report.project}:\n  report sha256:{reviews.report}\n"
        + "".join(printable(f"  {path} sha256:{one}") + "\n" for path, one in manifests)
        + table([(f"  {a}", b) for a, b in rows])
    )


def decision(found: Before, statement: Statement, held: Held) -> str:
    """What is said about it, and the payload to the letter."""
    said = statement.predicate
    report = found.reviews.base_report
    waiting = list(dict.fromkeys(open_answers(report, said.level, said.component)))
    held_back = list(dict.fromkeys(open_gates(report, said.level, said.component)))
    rows = [
        ("decision", f"{said.decision} as {said.role}, by {said.reviewer}"),
        ("about", f"{said.component or 'all components'}, level {said.level}"),
        ("reason", said.reason),
        *(("condition", one) for one in said.conditions),
        *(("answer", f"{one.item}: {one.answer} {one.remark}".strip()) for one in said.answers),
        *(
            [("revokes", said.revokes)]
            if said.revokes
            else [
                (
                    "held back",
                    f"{_many(len(held_back), 'gate item')} up to level {said.level}{_listed(held_back)}",
                ),
                (
                    "to answer",
                    f"{_many(len(waiting), 'item')} up to level {said.level}{_listed(waiting)}",
                ),
                ("expires", said.expires_at or f"after {found.reviews.policy.expires_after}"),
            ]
        ),
        ("key", held.where),
    ]
    plain = statement.model_dump(mode="json", by_alias=True)
    return (
        "You sign:\n"
        + table([(f"  {a}", b) for a, b in rows])
        + f"  payload sha256:{digest_of(payload(statement))}, of the canonical form of:\n"
        + json_text(plain, sort_keys=True)
    )


def _many(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _gates(one: ComponentReport) -> str:
    return " · ".join(f"{gate.level} {STATUS[gate.status]}" for gate in one.gates)


def _listed(names: list[str]) -> str:
    rest = f" and {len(names) - MOST} more" if len(names) > MOST else ""
    return f": {', '.join(names[:MOST])}{rest}" if names else ""


class Asker:
    """Asks for what no option says; where nobody can be asked, names the option."""

    def __init__(self) -> None:
        able = at_terminal()
        self._dialogue = Dialogue(Words(plain_wanted(False), coloured(), width())) if able else None

    def ask(self, prompt: str, option: str, missing: str, read: Callable[[str], ReadT]) -> ReadT:
        """What `read` makes of the answer. Raises WrongInput where there is none."""
        if not self._dialogue:
            raise WrongInput(f"{option} is missing: {missing}")
        try:
            return self._dialogue.until_right(f"{prompt}: ", read)
        except EOFError:
            raise WrongInput(f"nothing was signed: {option} is missing") from None

    def word(self, prompt: str) -> str:
        """The answer; empty where there is none."""
        try:
            return self._dialogue.ask(prompt).strip() if self._dialogue else ""
        except EOFError:
            return ""

    def agreed(self) -> bool:
        """Whether the person says yes to signing. Raises WrongInput where nobody can be asked."""
        if not self._dialogue:
            raise WrongInput("nothing was signed: nobody can be asked here; look at what is shown above, "
                             "and sign it with --yes")  # fmt: skip
        return self.word("Sign this? [y/N] ").casefold() in ("y", "yes")


def completed(found: Before, said: Said, principal: str, asker: Asker) -> Said:
    """The decision with what no option said asked for. Raises WrongInput."""
    kind = said.decision or asker.ask(
        f"Your decision ({', '.join(DECISIONS)})", "--decision",
        f"one of {', '.join(DECISIONS)}", _decision,
    )  # fmt: skip
    role = said.role or _role(found, principal, asker)
    reason = said.reason.strip() or asker.ask(
        "Why, in your own words", "--reason", "say why, in your own words", _something
    )
    conditions = list(said.conditions)
    if kind is Decision.CONDITIONS and not conditions:
        first = "say what must be done, as in --condition 'name who watches the drift'"
        conditions = [asker.ask("Condition", "--condition", first, _something)]
        while more := asker.word("Another condition (empty for none): "):
            conditions.append(more)
    return said._replace(decision=kind, role=role, reason=reason, conditions=conditions)


def _role(found: Before, principal: str, asker: Asker) -> str:
    held = sorted(r for r, people in found.reviews.policy.roles.items() if principal in people)
    if len(held) == 1:
        return held[0]
    known = ", ".join(held) or f"{principal} holds none in {found.reviews.trusted_from}"

    def read(text: str) -> str:
        if text.strip() not in held:
            raise WrongInput(f"it is one of {known}")
        return text.strip()

    if not held:
        raise WrongInput(f"--role is missing: {known}")
    return asker.ask(f"As what ({known})", "--role", f"one of {known}", read)


def _decision(text: str) -> Decision:
    fits = [one for one in DECISIONS if one.value == text.strip().casefold()]
    if not fits:
        raise WrongInput(f"it is one of {', '.join(DECISIONS)}")
    return fits[0]


def _something(text: str) -> str:
    if not text.strip():
        raise WrongInput("say it in a few words")
    return text.strip()
