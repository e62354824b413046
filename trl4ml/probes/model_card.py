"""Who did not train the model can use it rightly only if its purpose, data and limits are written.

Reads MODEL_CARD.md (also in docs, cards or beside a model), or a README.md that has the front
matter of a Hugging Face model or several sections of a card, and looks for the nine sections of
Mitchell et al. (2019) under their usual headings. A section counts with ten words of its own that
are not placeholders. Of several cards the least complete one is described.
"""

import re

from trl4ml.cards.front import about, metrics
from trl4ml.cards.mitchell import MODEL_CARD, SECTIONS
from trl4ml.cards.names import foreign
from trl4ml.cards.sections import Card, least_complete, read
from trl4ml.core.evidence import Finding, no, undefined, unknown, yes
from trl4ml.core.noun import Noun
from trl4ml.core.views import Documents, Files

asks = "The model has a model card."
version = 2

NAMED = (
    "**/*model{_,-,}card*.{md,markdown,mdx,qmd}",
    "**/{model{_,-,}cards,cards/models}/*.{md,markdown}",
)
LIKELY = ("README.{md,markdown}", "{model,models}/**/README.md", "cards/*.md")
OTHER_CARD = re.compile(r"cards/.*(data|trl)")


class Options(Noun):
    path: str = ""
    """The model card, where it has another name or is one of several."""


def run(files: Files, documents: Documents, options: Options) -> Finding:
    if options.path and not files.matching(options.path):
        return unknown(f"{options.path} does not exist; correct probes: model-card: path")
    cards = named(files, documents, options.path) or likely(files, documents)
    if not cards:
        return no(
            "there is no model card (MODEL_CARD.md, or a README.md with its front matter)", (),
            cards=0, sections=0, missing=", ".join(SECTIONS), front_matter=False, metrics=0, words=0,
            license=undefined("there is no model card"),
        )  # fmt: skip
    path = least_complete(cards)
    card = cards[path]
    if card.empty:
        return unknown(f"{path} is empty; write the sections of a card into it", [path])
    return yes(
        f"{path} is a model card with {len(card.filled)} of {len(SECTIONS)} sections",
        cards,
        cards=len(cards),
        sections=len(card.filled),
        missing=", ".join(card.missing) or "none",
        front_matter=bool(card.front),
        license=card.license or undefined("the card names no licence"),
        metrics=sum(1 for _ in metrics(card.front)),
        words=card.words,
    )


def named(files: Files, documents: Documents, path: str) -> dict[str, Card]:
    """The files that are model cards by their names."""
    names = files.matching(*([path] if path else NAMED))
    return {name: opened(documents, name) for name in names if path or not foreign(name)}


def likely(files: Files, documents: Documents) -> dict[str, Card]:
    """READMEs that are model cards: by their front matter, or by three sections."""
    names = [name for name in files.matching(*LIKELY) if not OTHER_CARD.match(name)]
    cards = {name: opened(documents, name) for name in names}
    return {name: card for name, card in cards.items() if is_card(card)}


def is_card(card: Card) -> bool:
    telling = {"intended use", "ethical considerations"} & card.counts.keys()
    return about(card.front) == "model" or bool(telling and len(card.counts) >= 3)


def opened(documents: Documents, path: str) -> Card:
    front, text = documents.front_matter(path)
    return read(MODEL_CARD, text, front)
