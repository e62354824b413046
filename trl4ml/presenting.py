"""Every page of a project and the data behind them, from one report: values in, texts out."""

import re
from datetime import date
from functools import cache
from pathlib import Path
from typing import NamedTuple

from trl4ml import catalogue, resources
from trl4ml.core.canonical import digest
from trl4ml.core.comparing import compare
from trl4ml.core.project import Component
from trl4ml.core.report import Report
from trl4ml.core.trlcard import trl_card
from trl4ml.render.jsonfile import jsonfile
from trl4ml.render.pages.evidence import Shown, by_probe, evidence
from trl4ml.render.pages.items import items
from trl4ml.render.pages.levels import Past
from trl4ml.render.pages.page import NOWHERE, Reference
from trl4ml.render.pages.probes import Attachment, parts, probe_page
from trl4ml.render.pages.readiness import link, readiness
from trl4ml.render.pages.reviews import Reviewed, holding, reviews, skeletons
from trl4ml.render.pages.signing import report_json, review_json
from trl4ml.render.pages.tables import items_csv
from trl4ml.render.plain import json_text

AUDIT, PREVIOUS, HISTORY = "data/audit.json", "data/previous.json", "data/history.json"
DATA = re.compile(r"[A-Za-z0-9][\w-]{0,80}\.(json|csv)", re.ASCII)
"""What is attached under another name could be a page, or lie anywhere; it stays away."""


class Found(NamedTuple):
    """A report, and what stands beside it: what was attached to evidence, the components, the day."""

    report: Report
    attachment: Attachment
    components: tuple[Component, ...]
    today: date
    notices: tuple[str, ...] = ()
    reviews: Reviewed | None = None
    """None where no reviews are in force."""


class Earlier(NamedTuple):
    """What lay in the folder before: the last report that was another, and the levels since."""

    report: Report | None = None
    history: tuple[Past, ...] = ()
    notices: tuple[str, ...] = ()


NOTHING = Earlier()


def made(found: Found, before: Earlier = NOTHING, reference: str = "") -> dict[str, str]:
    """Every file by its path below the project's folder: the same for the same input.

    `reference` leads from there to the reference pages; without it nothing links to them.
    """
    report, templates = found.report, resources.folder("templates")
    named = digest(report)
    history = _with_this(found, named, before.history)
    by = by_probe(report)
    about = _about(reference)
    probes = _probes(found, by, templates, about)
    cards = _cards(found, templates)
    signing = _signing(found, templates)
    data = _data(found, before, history, by) | _signed(found, (*cards, *probes))
    links = {
        "Reviews": [link(path, _TITLES[path]) for path in signing],
        "Cards": [link(path, _title(path)) for path in cards],
        "Probes": [link(path, path.removeprefix("probe-").removesuffix(".md")) for path in probes],
        "Data": [link(path, path.removeprefix("data/")) for path in data],
    }
    changes = compare(before.report, report) if before.report else None
    own = frozenset(path.removeprefix("probe-").removesuffix(".md") for path in probes)
    return {
        "index.md": readiness(report, named, history, changes, links, templates),
        "items.md": items(report, templates, about),
        "evidence.md": evidence(report, own, templates, about),
        **signing, **cards, **probes, **data,
    }  # fmt: skip


def _with_this(found: Found, now: str, history: tuple[Past, ...]) -> tuple[Past, ...]:
    """The history with this report at its end, unless it is there already."""
    if found.report.partial or (history and history[-1].digest == now):
        return history
    levels = {one.name: one.supported for one in found.report.components}
    return (*history, Past(day=found.today, digest=now, levels=levels))


@cache
def _about(reference: str) -> Reference:
    """Links to the reference pages, for the items and probes that have one."""
    if not reference:
        return NOWHERE
    asked = frozenset(item.id for _, item in catalogue.bundled_shelf().items())
    return Reference(reference, asked, frozenset(row["id"] for row in catalogue.list_probes()))


def _probes(
    found: Found, by: dict[str, list[Shown]], templates: Path, about: Reference
) -> dict[str, str]:
    made = {probe: parts(shown, found.attachment) for probe, shown in by.items()}
    return {
        f"probe-{probe}.md": probe_page(found.report, probe, own, templates, about)
        for probe, own in made.items()
        if own
    }


def _cards(found: Found, templates: Path) -> dict[str, str]:
    """The TRL card of each component, the model card of each model, the datasheet."""
    from trl4ml.render import modelcard, trlcard

    made = {}
    for one in found.components if not found.report.partial else ():
        if all(one.name != c.name for c in found.report.components):
            continue
        made[f"card-{one.name}.md"] = trlcard.markdown(trl_card(found.report, one), [], templates)
        model = modelcard.model_card_page(found.report, one.name, templates, found.attachment)
        made |= {f"model-card-{one.name}.md": model} if model else {}
    datasheet = modelcard.datasheet_page(found.report, templates)
    return made | ({"datasheet.md": datasheet} if datasheet else {})


def _signing(found: Found, templates: Path) -> dict[str, str]:
    """The page of reviews; those to sign and to enrol on, where there are rules to sign by."""
    if found.reviews is None:
        return {}
    own = {"reviews.md": reviews(found.report, found.reviews, templates, found.components)}
    return own if found.reviews.problem else own | skeletons(templates)


def _signed(found: Found, more: tuple[str, ...]) -> dict[str, str]:
    """What the page of signing reads; `more` are the pages of cards and probes."""
    if found.reviews is None or found.reviews.problem:
        return {}
    pages = [
        (path.replace(".md", ".html"), _READ.get(path) or _title(path)) for path in (*_READ, *more)
    ]
    held = holding(found.reviews, found.components)
    beside = review_json(found.report, found.reviews, pages, held)
    return {"data/report.json": report_json(found.reviews), "data/review.json": beside}


def _data(
    found: Found, before: Earlier, history: tuple[Past, ...], by: dict[str, list[Shown]]
) -> dict[str, str]:
    """The report whole, its numbers as CSV, its past, and what probes attached."""
    plain = [one.model_dump(mode="json") for one in history]
    made = {
        AUDIT: jsonfile(found.report), "data/items.csv": items_csv(found.report),
        HISTORY: json_text(plain, sort_keys=True),
    }  # fmt: skip
    if before.report:
        made[PREVIOUS] = jsonfile(before.report)
    for probe, every in by.items():
        for number, one in enumerate(every):
            for name in filter(DATA.fullmatch, one.evidence.attached):
                text = found.attachment(one.digest, name)
                end = f"-{number + 1}" if len(every) > 1 else ""
                made |= {f"data/{probe}{end}-{name}": text} if text is not None else {}
    return made


_READ = {
    "index.md": "The report, with its charts",
    "items.md": "Every item",
    "evidence.md": "All evidence",
}
_TITLES = {
    "reviews.md": "What was decided",
    "sign.md": "Sign a review",
    "enrol.md": "Enrol a passkey",
}


def _title(path: str) -> str:
    """`TRL card of model` for card-model.md."""
    name = path.removesuffix(".md")
    if name == "datasheet":
        return "Datasheet"
    if name.startswith("probe-"):
        return f"Figures and tables of {name[6:]}"
    kind, of = (
        ("Model card", name[11:]) if name.startswith("model-card-") else ("TRL card", name[5:])
    )
    return f"{kind} of {of}"
