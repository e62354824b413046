"""What a card says, topic by topic: from the Markdown of Hugging Face, or from the JSON of Google.

The JSON is that of the Model Card Toolkit (schema 0.0.2). Text and plain data in, plain text out; what
is no such card raises ValueError.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from trl4ml.cards.sections import Form, read

PATTERNS = {
    "overview": r"^model (details|description|summary|overview)|^(overview|summary|description)$",
    "architecture": r"\barchitecture\b|technical specifications?|\balgorithms?\b",
    "intended use": r"\b(intended|direct|downstream|primary) uses?\b|^uses?$|\buse cases?\b",
    "out of scope": r"out of scope|\bmisuse\b|not intended|\bprohibited\b",
    "limitations": r"\blimitations?\b|\bcaveats?\b|known issues",
    "risks": r"\brisks?\b|\bharms?\b|\bethic",
    "bias": r"\bbias(es)?\b",
    "training data": r"\btrain(ing)? (and \w+ )?data\b",
    "training procedure": r"\bhyper ?parameters?\b|training (procedure|regime)",
    "trade-offs": r"\btrade ?offs?\b",
    "energy": r"\benvironmental\b|\bcarbon\b|\benergy\b|\bemissions?\b",
    "references": r"^citations?\b|^references$|related work",
}
NEVER = re.compile(r"(?!)")
FORM = Form({name: re.compile(text) for name, text in PATTERNS.items()}, general=NEVER, other=NEVER)
NOT_FOR = re.compile(r"\bnot (for|intended|meant|suited|to be used)\b", re.IGNORECASE)
LATER = re.compile(
    r"\b(will|shall|to) be (added|available|completed|described|documented|estimated|given|measured|"
    r"provided|published|reported|written)\b|\b(un|not (yet )?)known\b|^(none|nothing|n/?a)\b|"
    r"\bcan be estimated (using|with|by)\b.{0,80}\bcalculator\b|^if you use (this|the|our)\b",
    re.IGNORECASE,
)
"""What promises, or tells that nothing is told; and what stands ready in the template."""
DENIED = re.compile(
    r"\b(not|never|no|none|nobody|without)\b.{0,60}\b(assess|available|compar|consider|cited?\b|document|"
    r"estimat|evaluat|examin|investigat|look|measur|publish|record|report|search|stud|test|track|tuned)",
    re.IGNORECASE,
)
DONE = frozenset({"bias", "energy", "references", "trade-offs", "training procedure"})
"""Topics about work: to tell that it was not done is no yes. Of a limit it may be one."""
SENTENCE = re.compile(r"(?<=[.!?;])\s+")
ENOUGH = 5
"""Words without which nothing is said."""
LONGEST = 600
MOST_GRAMS = 10**13
"""Ten million tonnes: beyond it is no model's, and beside it are NaN and infinity."""
GOOGLE = {
    "overview": ("model_details", "overview"),
    "references": ("model_details", "references"),
    "architecture": ("model_parameters", "model_architecture"),
    "training data": ("model_parameters", "data"),
    "intended use": ("considerations", "use_cases"),
    "limitations": ("considerations", "limitations"),
    "trade-offs": ("considerations", "tradeoffs"),
    "risks": ("considerations", "ethical_considerations"),
}
TEXTS = ("description", "name", "mitigation_strategy", "reference")


def of_markdown(front: Mapping[str, Any], text: str) -> dict[str, str]:
    """The topics of a card with or without front matter, each as one text."""
    found: dict[str, list[str]] = {}
    for section in read(FORM, text, front).sections:
        lines = [line for line in section.text.splitlines() if not line.startswith(("|", "<"))]
        for name in section.names:
            found.setdefault(name, []).extend(lines)
        if "intended use" in section.names:
            against = [line for line in lines if NOT_FOR.search(line)]
            found.setdefault("out of scope", []).extend(against)
    if told := emissions(front):
        found.setdefault("energy", []).append(told)
    return _said(found)


def of_google(data: object) -> dict[str, str]:
    """The topics of a Model Card Toolkit JSON. Raises ValueError for other data."""
    if not isinstance(data, dict) or not {"model_details", "considerations"} & data.keys():
        raise ValueError("it has neither `model_details` nor `considerations`")
    found: dict[str, list[str]] = {}
    for topic, (part, key) in GOOGLE.items():
        held = data.get(part)
        found[topic] = list(_texts(held.get(key))) if isinstance(held, dict) else []
    return _said(found)


def emissions(front: Mapping[str, Any]) -> str:
    """`co2_eq_emissions: 12 g`, in the grams of Hugging Face; empty where no number is stated."""
    held = front.get("co2_eq_emissions")
    grams = held.get("emissions") if isinstance(held, dict) else held
    if isinstance(grams, bool) or not isinstance(grams, int | float) or not 0 < grams <= MOST_GRAMS:
        return ""
    return f"the front matter states co2_eq_emissions of {grams:g} g CO2e"


def _texts(held: object) -> Iterator[str]:
    if isinstance(held, str):
        yield held
    elif isinstance(held, list):
        for one in held:
            yield from _texts(one)
    elif isinstance(held, dict):
        yield ": ".join(str(held[key]) for key in TEXTS if isinstance(held.get(key), str))


def _said(found: Mapping[str, list[str]]) -> dict[str, str]:
    """Each text whole, as the card words it, where enough of it tells something of its topic."""
    whole = {name: " ".join(" ".join(lines).split()) for name, lines in found.items()}
    return {name: _cut(text) for name, text in whole.items() if _words(name, text) >= ENOUGH}


def _words(topic: str, text: str) -> int:
    """How many words tell of the topic: of what was done, and not only promised or denied."""
    every = (one for one in SENTENCE.split(text) if not LATER.search(one))
    return sum(len(one.split()) for one in every if topic not in DONE or not DENIED.search(one))


def _cut(text: str) -> str:
    plain = "".join(char if char.isprintable() else " " for char in text)
    return plain if len(plain) <= LONGEST else f"{plain[:LONGEST].rsplit(' ', 1)[0]} …"
