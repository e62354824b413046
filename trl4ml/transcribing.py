"""A card of elsewhere into the answers that it supports: proposed first, recorded when accepted."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from trl4ml import answering
from trl4ml.cards.topics import of_google, of_markdown
from trl4ml.core.answer import Said, about
from trl4ml.core.project import Component
from trl4ml.dense import loads
from trl4ml.describing import front_matter
from trl4ml.errors import WrongInput, did_you_mean
from trl4ml.given import Given, link_in, note_in
from trl4ml.load import disk
from trl4ml.render.plain import printable
from trl4ml.run import Gathered, told_about

SUPPORTS = {
    "ethics-misuse-foreseen": "out of scope", "ethics-harm-of-error": "risks",
    "ethics-collection-bias": "bias", "literature-cited": "references",
    "tuning-record": "training procedure", "data-gaps-listed": "limitations",
    "utility-table": "trade-offs", "energy-reported": "energy",
}  # fmt: skip
"""Items that ask whether something is written down, and the topic of a card that writes it."""
WORDS = {
    "tuning-record": r"\b(budget|candidates?|grid|optuna|search(ed)?|sweep|trials?|tried|tun(ed|ing))\b",
    "energy-reported": r"\d.*\b(inference|prediction|quer(y|ies)|requests?|serving|in use)\b"
    r"|\b(inference|prediction|quer(y|ies)|requests?|serving|in use)\b.*\d",
    "utility-table": r"\b(costs?|explain\w*|interpret\w*|latency|memory|robust\w*|size|slower|faster|speed)\b",
    "data-gaps-listed": r"\b(absent|cases|data|examples|few(er)?|missing|rare(ly)?|sparse|under ?-?represented)\b",
    "ethics-collection-bias": r"\b(collect\w*|data|groups?|people|population|represent\w*|sampl\w*)\b",
}
"""Items that ask for more than the topic, and what the card must speak of to answer them."""
FIELDS = {
    "tldr": "overview", "algorithm": "architecture", "intended_use": "intended use",
    "unacceptable_use": "out of scope", "data": "training data", "caveats": "limitations",
    "ethics": "risks",
}  # fmt: skip
"""Fields of registers.cards by topic."""


class Proposal(NamedTuple):
    """A yes that the card may support, in its own words, and what the item asks."""

    item: str
    topic: str
    note: str
    asks: str
    kept: str = ""
    """Who has answered already; empty where nobody has."""


class Supported(NamedTuple):
    proposals: tuple[Proposal, ...]
    fields: dict[str, str]
    """Texts for registers.cards that are not there yet."""


def topics(file: str) -> dict[str, str]:
    """What the card says by topic: of a Markdown file or a JSON one. Raises WrongInput."""
    text = disk.read(Path(file), file)
    if not file.lower().endswith(".json"):
        found = of_markdown(*front_matter(text, file))
        remedy = "the headings are those of Hugging Face's template"
    else:
        found = _of_json(text, file)
        remedy = "the fields are those of the Model Card Toolkit"
    if not found:
        raise WrongInput(f"{file}: says nothing that answers an item; {remedy}")
    return found


def _of_json(text: str, file: str) -> dict[str, str]:
    try:
        return of_google(loads(text))
    except RecursionError:
        raise WrongInput(f"{file}: is nested too deeply; give a Model Card Toolkit JSON") from None
    except json.JSONDecodeError as error:
        raise WrongInput(f"{file}:{error.lineno}: not JSON ({error.msg})") from None
    except ValueError as error:
        raise WrongInput(f"{file}: is no Google model card: {error}") from None


def supported(done: Gathered, component: Component, said: Mapping[str, str]) -> Supported:
    """The answers that the card supports, those in force only, with what is answered already."""
    told, found = told_about(done), []
    items = {item.id: item for item in done.items if item.answered}
    for id, topic in SUPPORTS.items():
        if id in items and re.search(WORDS.get(id, "."), said.get(topic, ""), re.IGNORECASE):
            before = about(told.answers, items[id], component)
            kept = f"{before[-1].by} ({before[-1].at.date()})" if before else ""
            found.append(Proposal(id, topic, said[topic], " ".join(items[id].ask.split()), kept))
    entries = told.registers.get("cards", {}).get("entries", ())
    own = [e for e in entries if e.get("component") in (None, component.name)]
    stated = {key for entry in own for key, value in entry.items() if value}
    fields = {key: said[topic] for key, topic in FIELDS.items()
              if topic in said and key not in stated}  # fmt: skip
    return Supported(tuple(found), fields)


def record(
    done: Gathered, component: Component, found: Supported, accepted: Sequence[str],
    file: str, by: str, now: datetime,
) -> tuple[Path, ...]:  # fmt: skip
    """The accepted proposals as answers. Raises WrongInput, and then nothing is recorded."""
    offered = {one.item: one for one in found.proposals}
    for id in accepted:
        if id not in offered:
            raise WrongInput(f"--accept {id}: the card supports no answer to it"
                             f"{did_you_mean(offered, id)}; it supports {', '.join(offered) or 'none'}")  # fmt: skip
        if kept := offered[id].kept:
            raise WrongInput(f"--accept {id}: is answered already, by {kept}, and stays so; change "
                             f"it with: trl4ml answer {id}")  # fmt: skip
    link = link_in(done, _inside(done, file))
    given = {id: Given(Said.YES, note_in(f"as the card says: {offered[id].note}"), link)
             for id in dict.fromkeys(accepted)}  # fmt: skip
    items = {id: answering.find_item(done, id) for id in given}
    for id, one in given.items():
        answering.check(items[id], one)
    return tuple(
        path
        for id, one in given.items()
        for path in answering.record(done, items[id], component.name, one, by, now)
    )


def _inside(done: Gathered, file: str) -> str:
    """The path below the project; empty for a file of elsewhere."""
    path, root = Path(file).resolve(), done.root.resolve()
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else ""


def told(file: str, component: str, found: Supported, written: Sequence[str]) -> str:
    """The proposals with the card's words, then what was written, or how to have it written."""
    lines = [f"{file} supports {len(found.proposals)} answers about {component}:"]
    for one in found.proposals:
        state = f"answered already by {one.kept}, and stays so" if one.kept else "open"
        lines += [f"  {one.item}  ({one.topic}; {state})", f"    {one.asks}", f"    {one.note}"]
    lines += [f"recorded: {path}" for path in written]
    if not written:
        lines.append("Nothing is written. Accept what is true with: "
                     f"trl4ml card import {file} --accept ITEM")  # fmt: skip
    if found.fields:
        lines += ["Texts for registers.cards, to copy where you agree:",
                  *yaml(component, found.fields).splitlines()]  # fmt: skip
    return "".join(f"{printable(line)}\n" for line in lines)


def yaml(component: str, fields: Mapping[str, str]) -> str:
    """The texts as an entry for registers.cards."""
    lines = [f"- component: {component}"]
    lines += [f"  {key}: {json.dumps(text, ensure_ascii=False)}" for key, text in fields.items()]
    return "\n".join(lines) + "\n"
