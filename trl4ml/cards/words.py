"""What somebody wrote, and what was only left standing from the template."""

import re

PLACEHOLDER = re.compile(
    r"\[?more information needed\]?( for further recommendations)?|\{\{[^{}]{0,300}\}\}|lorem ipsum|"
    r"users (\(both direct and downstream\) )?should be made aware of the risks, biases and "
    r"limitations of the (model|dataset)\.?|the questions in this section.*|"
    r"\b(?-i:TODO|TBD|TBA|FIXME|XXX)\b.*|\bN/A\b|"
    r"\[((optional|insert|add|your|todo|tbd|fill|describe)\b|e\.g\.)[^\]]{0,300}\](?!\()|"
    r"\b(coming soon|to be (added|completed|defined|determined|done|filled|written))\b",
    re.IGNORECASE,
)
QUESTION = re.compile(r"\*\*[^*?]{1,400}\?\*\*")
REQUEST = re.compile(r"please (describe|provide)", re.IGNORECASE)
LABEL = re.compile(r"[\s>*+-]*(\*\*[^*]{1,80}\*\*|__[^_]{1,80}__|[^:]{1,60}:)[\s:.*]*")
WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W_]+")


def without_placeholders(text: str) -> str:
    return PLACEHOLDER.sub("", text)


def said(line: str) -> str:
    """What a line says: nothing when it is a label alone or a question of the form."""
    clean = QUESTION.sub("", without_placeholders(line)).strip()
    asked = clean.rstrip("*_) ").endswith("?") or ("?" in clean and REQUEST.search(clean))
    return "" if asked or LABEL.fullmatch(clean) else clean


def count(text: str) -> int:
    """The words; in a script without blanks each sign is one."""
    return len(WORD.findall(text))
