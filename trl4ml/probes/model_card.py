"""Who did not train the model can use it rightly only if its purpose, data and limits are written.

Reads MODEL_CARD.md (also in docs, cards or beside a model), or a README.md that has the front
matter of a Hugging Face model or several sections of a card, and looks for the nine sections of
Mitchell et al. (2019) under their usual headings. A section counts with ten words of its own that
are not placeholders. Of several cards the least complete one is described.
"""

import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, NamedTuple

from trl4ml.core.evidence import Finding, no, undefined, unknown, yes
from trl4ml.core.noun import Noun
from trl4ml.core.views import Documents, Files

asks = "The model has a model card."
version = 1

SECTIONS = {
    "model details": r"model (details|description|overview|information|summary|specifications?)\b|"
    r"^(overview|description|summary|details|introduction|about)\b|about (the|this) model",
    "intended use": r"\b(intended|foreseeable|permitted|prohibited) (use|purpose|application|user)|"
    r"^uses?$|use cases?\b|\b(direct|downstream|primary|model|evaluated|acceptable|mis) ?uses?\b|"
    r"out of scope|^(purpose|applications?|scope)$|limitations? of use",
    "factors": r"(?<!risk )\bfactors\b|relevant groups|sub ?groups|subpopulations",
    "metrics": r"\bmetrics?\b|performance measures?|decision thresholds?",
    "evaluation data": r"\b(evaluation|eval|test|testing|validation)( and \w+)? (data|data ?sets?)\b",
    "training data": r"\btrain(ing)?( and \w+)? (data|data ?sets?)\b|^(training( details)?|data|"
    r"data ?sets?)( used)?$|data used (for|in|to) train",
    "quantitative analyses": r"quantitative|\bresults?\b|\bbenchmarks?\b|\bunitary\b|intersectional|"
    r"\bperformance\b(?! measure)|^(model )?evaluation( procedure| report)?$|disaggregated",
    "ethical considerations": r"\bethic|\bbias(es)?\b|\bfair(ness)?\b|\brisks\b|\bprivacy\b|"
    r"\bharms?\b|\bsafety\b|(social|societal|broader) impact|implications|responsible",
    "caveats and recommendations": r"\bcaveats?\b|recommendations?\b|\blimitations?\b(?! of use)|"
    r"known issues|trade ?offs|failure modes|weaknesses",
}
OTHER = re.compile(
    r"^(training (procedure|hyper ?parameters|regime|script|infrastructure)|(hyper ?)?parameters|"
    r"speeds|environmental impact|technical specifications|compute|hardware|"
    r"software|framework versions|citation|references|glossary|more information|authors?|contact|"
    r"model card (authors|contact)|how to|usage|installation|getting started|quick ?start|"
    r"change ?log|version history|licen[sc]e|contributing|acknowledge?ments|table of contents)\b"
)
GENERAL = re.compile(r"data|data ?sets?|overview|description|summary|details|purpose|scope|about")
KNOWN = {name: re.compile(pattern) for name, pattern in SECTIONS.items()}
MODEL_KEYS = {"model-index", "pipeline_tag", "library_name", "base_model", "model_name"}
MODEL_KEYS |= {"co2_eq_emissions", "datasets", "metrics", "inference", "widget"}
DATA_KEYS = {"dataset_info", "task_categories", "size_categories", "annotations_creators", "sdk"}
PLACEHOLDER = re.compile(
    r"\[?more information needed\]?( for further recommendations)?|\{\{[^{}]{0,300}\}\}|lorem ipsum|"
    r"users \(both direct and downstream\) should be made aware of the risks, biases and "
    r"limitations of the model\.?|\b(?-i:TODO|TBD|TBA|FIXME|XXX)\b.*|\bN/A\b|"
    r"\[((optional|insert|add|your|todo|tbd|fill|describe)\b|e\.g\.)[^\]]{0,300}\](?!\()|"
    r"\b(coming soon|to be (added|completed|defined|determined|done|filled|written))\b",
    re.IGNORECASE,
)
LABEL = re.compile(r"[\s>*+-]*(\*\*[^*]{1,80}\*\*|__[^_]{1,80}__|[^:]{1,60}:)[\s:.*]*")
WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W_]+")
LICENSE = re.compile(
    r"^[ \t>*|-]*licen[sc]e[*_ \t]*[:|][*_ \t]*([^\n|*]{2,80})|"
    r"^#+[ \t]*licen[sc]e[ \t]*\n{1,3}([^\n#]{2,80})",
    re.MULTILINE | re.IGNORECASE,
)
FOREIGN = re.compile(
    r"(^|/)(node_modules|vendor|third_party|site-packages|tests?|templates?)/|template|guide",
    re.IGNORECASE,
)
ENOUGH = 10
LONGEST = 400_000


class Options(Noun):
    path: str = ""
    """The model card, where it has another name or is one of several."""


class Card(NamedTuple):
    path: str
    front: dict[str, Any]
    text: str
    words: int
    headings: frozenset[str]
    sections: frozenset[str]


def run(files: Files, documents: Documents, options: Options) -> Finding:
    if options.path and not files.matching(options.path):
        return unknown(f"{options.path} does not exist; correct probes: model-card: path")
    cards = [read(documents, name) for name in card_files(files, options.path)]
    if not cards:
        maybe = files.matching("README.{md,markdown}", "{model,models}/**/README.md", "cards/*.md")
        others = (read(documents, n) for n in maybe if not re.match(r"cards/.*(data|trl)", n))
        cards = [card for card in others if is_card(card)]
    if not cards:
        return no(
            "there is no model card (MODEL_CARD.md, or a README.md with its front matter)", (),
            cards=0, sections=0, missing=", ".join(SECTIONS), front_matter=False, metrics=0, words=0,
            license=undefined("there is no model card"),
        )  # fmt: skip
    card = min(cards, key=lambda one: (len(one.sections), one.path))
    if not card.words and not card.front:
        return unknown(f"{card.path} is empty; write the sections of a card into it", [card.path])
    missing = ", ".join(name for name in SECTIONS if name not in card.sections)
    return yes(
        f"{card.path} is a model card with {len(card.sections)} of {len(SECTIONS)} sections",
        [one.path for one in cards],
        cards=len(cards),
        sections=len(card.sections),
        missing=missing or "none",
        front_matter=bool(card.front),
        license=license_of(card) or undefined("the card names no licence"),
        metrics=sum(1 for _ in metric_values(card.front)),
        words=card.words,
    )


def card_files(files: Files, path: str) -> tuple[str, ...]:
    """The files that are model cards by their names."""
    if path:
        return files.matching(path)
    names = files.matching(
        "**/*model{_,-,}card*.{md,markdown,mdx,qmd}",
        "**/{model{_,-,}cards,cards/models}/*.{md,markdown}",
    )
    return tuple(name for name in names if not FOREIGN.search(name))


def is_card(card: Card) -> bool:
    """Whether a README is a model card: by its front matter, or by three sections of one."""
    telling = {"intended use", "ethical considerations"} & card.headings
    by_front = MODEL_KEYS & card.front.keys() and not DATA_KEYS & card.front.keys()
    return bool(by_front or (telling and len(card.headings) >= 3))


def read(documents: Documents, path: str) -> Card:
    """The card, with the words of each section counted. Raises Unreadable."""
    front, text = documents.front_matter(path)
    words: Counter[str] = Counter()
    headings: set[str] = set()
    total = 0
    for sections, line in lines_by_section(text):
        count = len(WORD.findall(line))
        total += count
        headings.update(sections)
        words.update(dict.fromkeys(sections, count))
    filled = frozenset(name for name, count in words.items() if count >= ENOUGH)
    return Card(path, front, text, total, frozenset(headings), filled)


def lines_by_section(text: str) -> Iterator[tuple[frozenset[str], str]]:
    """Each line without placeholders, with the sections that its nearest known heading names."""
    text = re.sub(r"<!--.*?(-->|\Z)", "", text[:LONGEST], flags=re.DOTALL)
    above: list[tuple[int, frozenset[str]]] = [(0, frozenset())]
    fence, first = "", True
    for line, below in pairwise([*text.splitlines(), ""]):
        mark = re.match(r"\s{0,3}(```|~~~)(?!.*`)", line)
        if mark or fence:
            fence = ("" if mark[1] == fence else fence or mark[1]) if mark else fence
            continue
        level, title = heading(line, below)
        if not level:
            clean = PLACEHOLDER.sub("", line).strip()
            yield above[-1][1], "" if LABEL.fullmatch(clean) else clean
            continue
        while len(above) > 1 and above[-1][0] >= level:
            above.pop()
        fits = re.Pattern.fullmatch if level == 1 and first else re.Pattern.search
        first = False
        named = frozenset(name for name, known in KNOWN.items() if fits(known, title))
        named = above[-1][1] or named if GENERAL.fullmatch(title) else named
        above.append((level, frozenset() if OTHER.search(title) else named or above[-1][1]))
        yield above[-1][1], ""


def heading(line: str, below: str) -> tuple[int, str]:
    """The level (0: no heading) and the title in plain lower-case words."""
    title, level = line.strip(), 0
    if re.match(r"#{1,6}(\s|$)", title):
        level = len(title) - len(title.lstrip("#"))
    elif re.fullmatch(r"={3,}\s*|-{3,}\s*", below) and re.match(r"\w", title) and "|" not in title:
        level = 1 if below[0] == "=" else 2
    elif mark := re.fullmatch(r"<h([1-6])\b[^>]{0,200}>(.{1,200})</h[1-6]>", title, re.IGNORECASE):
        level, title = int(mark[1]), mark[2]
    elif re.fullmatch(r"\*\*[^*]{1,80}\*\*:?", title):
        level = 7
    plain = re.sub(r"[\W_]+", " ", re.sub(r"\[optional\]|<[^<>]{0,200}>", "", title[:200].lower()))
    return level, re.sub(r"^\s*(\d+\s+)*", "", plain).strip()


def license_of(card: Card) -> str:
    """The licence as the front matter or a line of the card names it."""
    held = card.front.get("license")
    if held == "other":
        held = card.front.get("license_name") or held
    if isinstance(held, list):
        held = ", ".join(str(one) for one in held)
    line = LICENSE.search(PLACEHOLDER.sub("", card.text[:LONGEST]))
    named = held if isinstance(held, str) else (line[1] or line[2]) if line else ""
    return "".join(char for char in named if char.isprintable()).strip()[:80]


def metric_values(front: dict[str, Any]) -> Iterator[Any]:
    """The values in the model-index that are more than a placeholder."""
    for model in mappings(front.get("model-index")):
        for result in mappings(model.get("results")):
            for metric in mappings(result.get("metrics")):
                value = metric.get("value")
                if value is not None and PLACEHOLDER.sub("", str(value)).strip():
                    yield value


def mappings(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
