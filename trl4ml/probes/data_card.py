"""Whoever trains or judges a model must know why, how and from whom its data was gathered.

Reads a datasheet (DATASHEET.md, DATA_CARD.md, data/README.md and the like), a README.md with the
front matter of a Hugging Face data set, or Croissant metadata, and looks for the seven sections of
Gebru et al. (2018) under their usual headings. A section counts with ten words of its own that are
not placeholders, or in Croissant with ten words in the properties that stand for it. Of several
cards the least complete one is described. A line such as "Readiness band: B1" declares the band.
"""

import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, NamedTuple

from trl4ml.core.evidence import Finding, Kind, Measure, no, undefined, unknown, yes
from trl4ml.core.noun import Noun
from trl4ml.core.views import Documents, Files, Unreadable

asks = "The data has a datasheet or data card."
version = 1

SECTIONS = {
    "motivation": r"\bmotivation|\brationale\b|(data ?set|data) (summary|description|overview)\b|"
    r"^(overview|description|summary|purpose|about|introduction)\b|why (was|is) th(e|is) data",
    "composition": r"\bcomposition|(data ?set|data) structure|\bdata (fields|instances|splits)\b|"
    r"^(fields|columns|features|schema|splits|instances|languages?|contents?|variables)\b|"
    r"data dictionary|personal and sensitive|\bstatistics\b|^(format|structure|files)$",
    "collection process": r"\bcollect(ion|ed|ing)\b|\bsource data\b|^(data )?(sources?|provenance|"
    r"acquisition)\b|data producers|sampling|how was the data",
    "preprocessing": r"\bpre ?process|\bclean(ing|ed)\b|\blabell?(ing|ed|s)?\b|\bannotat|"
    r"normali[sz]ation|transformations?\b|\bprocessing\b",
    "uses": r"^uses?\b|\b(intended|direct|out of scope|recommended|suitable|known) uses?\b|use cases|"
    r"out of scope|supported tasks|considerations for using|social impact|\bbias(es)?\b|"
    r"\blimitations?\b|\brecommendations?\b|\bethic|\brisks\b|usage (guidelines|notes)",
    "distribution": r"\bdistribut|\blicen[sc](e|ing)\b|\bdownload|\baccess\b|availability|"
    r"(data ?set|data) sources\b|terms of use|copyright|^sharing",
    "maintenance": r"\bmaint(enance|ain)|\bcurators?\b|\bcontact\b|\bcontributions?\b|\bupdates?\b|"
    r"\bversion(s|ing)?\b|change ?log|errat|retention|support and",
}
OTHER = re.compile(
    r"^(citation|references|glossary|more information|additional information|table of contents|"
    r"how to (use|cite|load)|usage|installation|getting started|acknowledge?ments|bibtex)$"
)
GENERAL = re.compile(r"data|data ?sets?|overview|description|summary|details|purpose|about|files")
QUESTION = re.compile(r"\*\*[^*?]{1,400}\?\*\*")
TEMPLATE = re.compile(r"please (describe|provide)", re.IGNORECASE)
KNOWN = {name: re.compile(pattern) for name, pattern in SECTIONS.items()}
DATA_KEYS = {
    "dataset_info",
    "task_categories",
    "size_categories",
    "annotations_creators",
    "configs",
}
DATA_KEYS |= {"language_creators", "source_datasets", "pretty_name", "task_ids", "multilinguality"}
PLACEHOLDER = re.compile(
    r"\[?more information needed\]?( for further recommendations)?|\{\{[^{}]{0,300}\}\}|lorem ipsum|"
    r"the questions in this section.*|users should be made aware of the risks, biases and "
    r"limitations of the dataset\.?|"
    r"\b(?-i:TODO|TBD|TBA|FIXME|XXX)\b.*|\bN/A\b|"
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
BAND = re.compile(
    r"^[ \t>*|#-]{0,20}(?:data[ -])?readiness(?:[ -](?:level|band))*[*_ \t]*[:=|][*_ \t`]*"
    r"(?:band[ \t]*)?([ABC][1-4])\b([^\n]*)",
    re.MULTILINE | re.IGNORECASE,
)
TASK = re.compile(r"^[ \t>*|-]{0,20}task[*_ \t]*[:=|][*_ \t]*\w", re.MULTILINE | re.IGNORECASE)
BAND_KEYS = {"readiness", "readiness_band", "data_readiness", "data_readiness_band"}
CROISSANT = {
    "motivation": ("description",),
    "composition": ("recordSet", "personalSensitiveInformation"),
    "collection process": ("dataCollection",),
    "preprocessing": ("dataPreprocessing", "dataManipulation", "dataImputation", "dataAnnotation"),
    "uses": ("dataUseCases", "dataLimitations", "dataBiases", "dataSocialImpact"),
    "distribution": ("distribution",),
    "maintenance": ("dataReleaseMaintenancePlan",),
}
ENOUGH = 10
LONGEST = 400_000


class Options(Noun):
    path: str = ""
    """The data card, where it has another name or is one of several."""


class Card(NamedTuple):
    path: str
    form: str
    front: dict[str, Any]
    text: str
    words: int
    headings: frozenset[str]
    sections: frozenset[str]


def run(files: Files, documents: Documents, options: Options) -> Finding:
    if options.path and not files.matching(options.path):
        return unknown(f"{options.path} does not exist; correct probes: data-card: path")
    cards = named_cards(files, documents, options.path)
    cards = cards or likely_cards(files, documents) or croissants(files, documents)
    if not cards:
        reason = undefined("there is no data card")
        return no(
            "there is no data card (DATASHEET.md, data/README.md or croissant.json)", (),
            cards=0, sections=0, missing=", ".join(SECTIONS), format=reason, license=reason,
            band=reason, band_task=False, words=0,
        )  # fmt: skip
    card = min(cards, key=lambda one: (len(one.sections), one.path))
    if not card.words and not card.front:
        return unknown(
            f"{card.path} is empty; write the sections of a datasheet into it", [card.path]
        )
    missing = ", ".join(name for name in SECTIONS if name not in card.sections)
    band, task = band_of(card)
    return yes(
        f"{card.path} is a data card with {len(card.sections)} of {len(SECTIONS)} sections",
        [one.path for one in cards],
        cards=len(cards),
        sections=len(card.sections),
        missing=missing or "none",
        format=card.form,
        license=license_of(card) or undefined("the card names no licence"),
        band=Measure(value=band, kind=Kind.DECLARED)
        if band
        else undefined("no line such as 'Readiness band: B1'"),
        band_task=task,
        words=card.words,
    )


def named_cards(files: Files, documents: Documents, path: str) -> list[Card]:
    """The files that are data cards by their names."""
    if path.lower().endswith((".json", ".jsonld")):
        return [croissant(name, documents.json(name)) for name in files.matching(path)]
    names = files.matching(
        path or "**/*{datasheet,data{_,-,}card,dataset{_,-,}card}*.{md,markdown,mdx,qmd}",
        path or "**/{datasheets,data{_,-,}cards,cards/data}/*.{md,markdown}",
    )
    return [read(documents, n) for n in names if path or not FOREIGN.search(n)]


def likely_cards(files: Files, documents: Documents) -> list[Card]:
    """READMEs that are data cards: by their front matter, a readiness band, or three sections."""
    inside = files.matching("{data,dataset,datasets}/{README,*/README,*/*/README}.md", "cards/*.md")
    found = []
    for name in (*inside, *files.matching("README.md")):
        card = read(documents, name)
        sections = name in inside and len(card.headings) >= 3 and "model" not in name
        if card.form == "hugging-face" or sections or (name in inside and band_of(card)[0]):
            found.append(card)
    return found


def croissants(files: Files, documents: Documents) -> list[Card]:
    """Croissant metadata; of metadata.json those that say that they conform. Raises Unreadable."""
    named = files.matching("**/*croissant*.{json,jsonld}")
    names = (*named, *files.matching("**/*metadata*.json")[:200])
    found = []
    for name in (name for name in dict.fromkeys(names) if not FOREIGN.search(name)):
        content = files.bytes(name)
        if name in named or b"mlcommons.org/croissant" in content:
            top = documents.json(name)
            found += [croissant(name, top)] if b"mlcommons" in content or "recordSet" in top else []
    return found


def croissant(path: str, top: Any) -> Card:
    """The card that Croissant metadata is. Raises Unreadable."""
    if not isinstance(top, dict):
        raise Unreadable(path, "it is not Croissant metadata: no mapping")
    held = {key.rsplit(":", 1)[-1]: value for key, value in top.items()}
    texts = {key: " ".join(texts_in(value)) for key, value in held.items()}
    counts = {key: len(WORD.findall(PLACEHOLDER.sub("", text))) for key, text in texts.items()}
    filled = frozenset(
        name
        for name, keys in CROISSANT.items()
        if any(counts[key] >= ENOUGH for key in held if key.startswith(keys))
    )
    about = tuple(key for keys in CROISSANT.values() for key in keys)
    words = sum(count for key, count in counts.items() if key.startswith(about))
    band = next((texts[key] for key in held if "readiness" in key.lower()), "")
    front = {"license": texts.get("license", ""), "readiness": band}
    return Card(path, "croissant", front, texts.get("description", ""), words, filled, filled)


def texts_in(value: Any, depth: int = 0) -> Iterator[str]:
    """Every text within lists and mappings, keys that begin with @ aside."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, dict)) and depth < 20:
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        for key, inner in pairs:
            if key == "@id" or not str(key).startswith("@"):
                yield from texts_in(inner, depth + 1)


def band_of(card: Card) -> tuple[str, bool]:
    """The lowest readiness band that the card declares, and whether a task is named with it."""
    text = card.text[:LONGEST]
    lines = [(m[1], m[2]) for m in BAND.finditer(text)]
    lines += [(str(v), "") for k, v in card.front.items() if k in BAND_KEYS]
    bands = [b.upper() for b, _ in lines if re.fullmatch(r"[ABC][1-4]", b, re.IGNORECASE)]
    task = TASK.search(text) or any(re.search(r"\b(for|task)\W+\w", rest) for _, rest in lines)
    return max(bands, default=""), bool(bands and task)


def read(documents: Documents, path: str) -> Card:
    """The card, with the words of each section counted. Raises Unreadable."""
    front, text = documents.front_matter(path)
    form = "hugging-face" if DATA_KEYS & front.keys() else "datasheet"
    words: Counter[str] = Counter()
    headings: set[str] = set()
    total = 0
    for sections, line in lines_by_section(text):
        count = len(WORD.findall(line))
        total += count
        headings.update(sections)
        words.update(dict.fromkeys(sections, count))
    filled = frozenset(name for name, count in words.items() if count >= ENOUGH)
    return Card(path, form, front, text, total, frozenset(headings), filled)


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
            clean = QUESTION.sub("", PLACEHOLDER.sub("", line)).strip()
            asked = clean.rstrip("*_) ").endswith("?") or ("?" in clean and TEMPLATE.search(clean))
            yield above[-1][1], "" if asked or LABEL.fullmatch(clean) else clean
            continue
        while len(above) > 1 and above[-1][0] >= level:
            above.pop()
        fits = re.Pattern.fullmatch if level == 1 and first else re.Pattern.search
        first = False
        named = frozenset(name for name, known in KNOWN.items() if fits(known, title))
        if GENERAL.fullmatch(title) or line.rstrip(" *#").endswith("?"):
            named = above[-1][1] or named
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
