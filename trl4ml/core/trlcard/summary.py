"""The summary table of a TRL card: names, levels, people, pages."""

from trl4ml.core.level import LEVELS
from trl4ml.core.trlcard.known import HANDED_OVER, Field, Known, same_person, stated, to_add
from trl4ml.core.verdict import Status


def summary(known: Known) -> tuple[Field, ...]:
    one, text = known.component, known.text
    name = text.get("technology") or one.name
    id = text.get("project_id")
    return (
        stated("Tech name (project ID)", [f"{name} ({id})" if id else name], ""),
        _level(known),
        _claim(known),
        stated("R&D owner(s)", known.owners, "add `owners` to trl4ml.yaml"),
        _reviewers("R&D reviewer(s)", known.reviewers, known.owners, "reviewers"),
        *_production(known),
        stated("Component", [f"{one.name} ({one.kind})"], ""),
        _coupled(known),
        known.wrote("Main project page", "main_page"),
        _requirements_page(known),
        known.wrote("Code and docs", "code_page"),
        _ethics(known),
    )


def _level(known: Known) -> Field:
    level = known.standing.supported
    achieved = f"below {known.standing.entry_level}" if level is None else str(level)
    working = known.standing.working_on
    now = "watched in use" if working is None else f"working on {working}, {LEVELS[working].name}"
    return Field(name="Current level", says=(f"{known.level}: achieved {achieved}, {now}",))


def _claim(known: Known) -> Field:
    claims, supported = known.standing.claims, known.standing.supported
    if claims is None:
        return stated("Claim", [], "add `claims` to the component in trl4ml.yaml, if it claims one")
    if supported is None or claims > supported:
        return Field(name="Claim", says=(str(claims),), todo="the evidence does not support it")
    return Field(name="Claim", says=(f"{claims}, as the evidence supports",))


def _reviewers(name: str, people: tuple[str, ...], owners: tuple[str, ...], key: str) -> Field:
    if same_person(people, owners):
        says = "an owner reviews their own work; name somebody else"
        return Field(name=name, says=people, todo=says)
    return stated(name, people, to_add(key))


def _production(known: Known) -> tuple[Field, Field]:
    owners = known.wrote("Production owner(s)", "production_owners", HANDED_OVER)
    people = tuple(known.text.get("production_reviewers", ()))
    if not people:
        return owners, known.wrote("Production reviewer(s)", "production_reviewers", HANDED_OVER)
    return owners, _reviewers("Production reviewer(s)", people, owners.says, "")


def _coupled(known: Known) -> Field:
    level = {one.name: one.supported for one in known.report.components}
    says = [
        f"{name} (level {level[name]})" if level.get(name) is not None else name
        for name in known.component.coupled
    ]
    return stated("Coupled components", says or ["none declared"], "")


def _requirements_page(known: Known) -> Field:
    page, rows = known.text.get("requirements_page"), known.entries("requirements")
    given = [page] if page else []
    given += [f"registers.requirements in trl4ml.yaml ({len(rows)})"] if rows else []
    return stated("Requirements and V&V", given, to_add("requirements_page"))


def _ethics(known: Known) -> Field:
    asked = [v for v in known.standing.verdicts if v.item.startswith("ethics-")]
    due = [v for v in asked if v.level <= known.level and v.status is not Status.NOT_APPLICABLE]
    met = sum(v.status is Status.MET for v in due)
    counted = [f"{met} of {len(due)} ethics items met up to this level"] if met else []
    given = known.text.get("ethics")
    how = f"answer the ethics items (trl4ml walk), or {to_add('ethics')}"
    return stated("Ethics checks", ([given] if given else []) + counted, how)
