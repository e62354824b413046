"""Whoever trains or judges a model must know why, how and from whom its data was gathered.

Reads a datasheet (DATASHEET.md, DATA_CARD.md, data/README.md and the like), a README.md with the
front matter of a Hugging Face data set, or Croissant metadata, and looks for the seven sections of
Gebru et al. (2018) under their usual headings. A section counts with ten words of its own that are
not placeholders, or in Croissant with ten words in the properties that stand for it. Of several
cards the least complete one is described. A line such as "Readiness band: B1" declares the band.
"""

from collections.abc import Collection

from trl4ml.cards.croissant import croissant
from trl4ml.cards.front import about
from trl4ml.cards.gebru import DATASHEET, SECTIONS
from trl4ml.cards.names import foreign
from trl4ml.cards.readiness import readiness
from trl4ml.cards.sections import Card, least_complete, read
from trl4ml.core.evidence import Finding, Kind, Measure, no, undefined, unknown, yes
from trl4ml.core.noun import Noun
from trl4ml.core.views import Documents, Files, Unreadable

asks = "The data has a datasheet or data card."
version = 2

NAMED = (
    "**/*{datasheet,data{_,-,}card,dataset{_,-,}card}*.{md,markdown,mdx,qmd}",
    "**/{datasheets,data{_,-,}cards,cards/data}/*.{md,markdown}",
)
INSIDE = ("{data,dataset,datasets}/{README,*/README,*/*/README}.md", "cards/*.md")
JSON = (".json", ".jsonld")


class Options(Noun):
    path: str = ""
    """The data card, where it has another name or is one of several."""


def run(files: Files, documents: Documents, options: Options) -> Finding:
    if options.path and not files.matching(options.path):
        return unknown(f"{options.path} does not exist; correct probes: data-card: path")
    cards = named(files, documents, options.path)
    cards = cards or likely(files, documents) or croissants(files, documents)
    if not cards:
        reason = undefined("there is no data card")
        return no(
            "there is no data card (DATASHEET.md, data/README.md or croissant.json)", (),
            cards=0, sections=0, missing=", ".join(SECTIONS), format=reason, license=reason,
            band=reason, band_task=False, words=0,
        )  # fmt: skip
    path = least_complete(cards)
    card = cards[path]
    if card.empty:
        return unknown(f"{path} is empty; write the sections of a datasheet into it", [path])
    band, task = readiness(card.front, card.text)
    none = undefined("no line such as 'Readiness band: B1'")
    return yes(
        f"{path} is a data card with {len(card.filled)} of {len(SECTIONS)} sections",
        cards,
        cards=len(cards),
        sections=len(card.filled),
        missing=", ".join(card.missing) or "none",
        format=form(path, card),
        license=card.license or undefined("the card names no licence"),
        band=Measure(value=band, kind=Kind.DECLARED) if band else none,
        band_task=task,
        words=card.words,
    )


def named(files: Files, documents: Documents, path: str) -> dict[str, Card]:
    """The files that are data cards by their names."""
    names = files.matching(*([path] if path else NAMED))
    return {name: opened(documents, name) for name in names if path or not foreign(name)}


def likely(files: Files, documents: Documents) -> dict[str, Card]:
    """READMEs that are data cards: by their front matter, a readiness band, or three sections."""
    inside = files.matching(*INSIDE)
    cards = {name: opened(documents, name) for name in (*inside, *files.matching("README.md"))}
    return {
        name: card
        for name, card in cards.items()
        if about(card.front) == "data"
        or (name in inside and readiness(card.front, card.text).band)
        or (name in inside and len(card.counts) >= 3 and "model" not in name)
    }


def croissants(files: Files, documents: Documents) -> dict[str, Card]:
    """Croissant metadata; of metadata.json those that say that they conform."""
    sure = files.matching("**/*croissant*.{json,jsonld}")
    found = {}
    for name in dict.fromkeys((*sure, *files.matching("**/*metadata*.json")[:200])):
        if foreign(name):
            continue
        marked = b"mlcommons.org/croissant" in files.bytes(name)
        if marked or (name in sure and "recordSet" in keys(documents.json(name))):
            found[name] = opened(documents, name)
    return found


def keys(top: object) -> Collection[str]:
    return top.keys() if isinstance(top, dict) else ()


def opened(documents: Documents, path: str) -> Card:
    if not path.lower().endswith(JSON):
        front, text = documents.front_matter(path)
        return read(DATASHEET, text, front)
    try:
        return croissant(documents.json(path))
    except ValueError as error:
        raise Unreadable(path, str(error)) from None


def form(path: str, card: Card) -> str:
    if path.lower().endswith(JSON):
        return "croissant"
    return "hugging-face" if about(card.front) == "data" else "datasheet"
