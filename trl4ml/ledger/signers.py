"""`allowed_signers` of OpenSSH (ssh-keygen(1), ALLOWED SIGNERS), read more strictly than stock.

Every line that is taken here means the same to `ssh-keygen`: one person, one key, the purposes it
may sign for, and from when to when. What only stock would take is a complaint.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

from trl4ml.ledger import public
from trl4ml.ledger.errors import Refused
from trl4ml.ledger.lines import Complaints, entries

NAMESPACE = "signoff@trl4ml"
OUR = f'namespaces="{NAMESPACE}"'
PRINCIPAL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+@-]{0,119}")
OPTION = re.compile(r'([A-Za-z-]+)(?:="([^"\\ \t]*)")?(,|$)')
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+/-]*")
FORMS = {9: "%Y%m%dZ", 13: "%Y%m%d%H%MZ", 15: "%Y%m%d%H%M%SZ"}
DATE = re.compile(r"[0-9]{8}(?:[0-9]{4}(?:[0-9]{2})?)?Z")
WRITTEN = FORMS[15]
KNOWN = ("namespaces", "valid-after", "valid-before")


class Signer(NamedTuple):
    """One line: this key signs as this person."""

    principal: str
    key: bytes
    kind: str
    namespaces: tuple[str, ...]
    valid_after: datetime | None = None
    """The first moment at which it is valid."""
    valid_before: datetime | None = None
    """The first moment at which it is not."""
    line: int = 0
    comment: str = ""

    def lacks(self, namespace: str, at: datetime) -> str:
        """Why the key may not sign for this purpose at this moment; empty when it may."""
        if namespace not in self.namespaces:
            return f"the key of {self.principal} may not sign for '{namespace}'"
        if self.valid_after and at < self.valid_after:
            return f"the key of {self.principal} is not valid before {_said(self.valid_after)}"
        if self.valid_before and at >= self.valid_before:
            return f"the key of {self.principal} is valid only before {_said(self.valid_before)}"
        return ""


def parsed(text: str, shown: str) -> tuple[Signer, ...]:
    """Who may sign, in the order of the file. Raises Refused with every complaint, one a line.

    `text` decoded as ASCII with errors replaced: what is not ASCII is a complaint.
    """
    complaints = Complaints(shown)
    found: list[Signer] = []
    keys: dict[bytes, int] = {}
    people: dict[str, Signer] = {}
    for number, content in entries(text, complaints):
        try:
            one = _signer(content, number)
        except Refused as why:
            for says in str(why).split("\n"):
                complaints.add(number, says)
            continue
        before = people.setdefault(one.principal.casefold(), one)
        if one.key in keys:
            complaints.add(number, f"the key of line {keys[one.key]} again; one key, one line")
        if before.principal != one.principal:
            complaints.add(number, f"{one.principal} is {before.principal} of line {before.line} in "
                                   "other letters; write one person in one way")  # fmt: skip
        keys.setdefault(one.key, number)
        found.append(one)
    complaints.end()
    return tuple(found)


def line(
    principal: str,
    key_text: str,
    *,
    namespaces: tuple[str, ...] = (NAMESPACE,),
    valid_after: datetime | None = None,
    valid_before: datetime | None = None,
) -> str:
    """The line, with its newline, of a public key as its `.pub` file has it. Raises Refused."""
    key = key_text.strip()
    if "PRIVATE KEY" in key:
        raise Refused("this is a private key, which nobody else may see; give the file in .pub")
    if "\n" in key:
        raise Refused("a public key is one line, as in the file in .pub")
    options = [f'namespaces="{",".join(namespaces)}"']
    moments = {"valid-after": valid_after, "valid-before": valid_before}
    options += [f'{name}="{at.astimezone(UTC):{WRITTEN}}"' for name, at in moments.items() if at]
    made = f"{principal} {','.join(options)} {key}"
    found = parsed(made, principal)
    if [(one.principal, one.namespaces) for one in found] != [(principal, namespaces)]:
        raise Refused("a line names one person, one key and its purposes")
    return made + "\n"


def _signer(content: str, number: int) -> Signer:
    words = re.split(r"[ \t]+", content, maxsplit=4)
    wrong = list(_odd_principal(words[0]))
    bare = len(words) > 1 and words[1] in public.KINDS
    options, rest = ("", words[1:]) if bare else ("".join(words[1:2]), words[2:])
    settings = _settings(options, wrong)
    key = b""
    try:
        if len(rest) < 2:
            raise Refused("no key; write its kind and its letters, as in its file in .pub")
        key = public.from_words(rest[0], rest[1])
    except Refused as why:
        wrong.append(str(why))
    if wrong:
        raise Refused("\n".join(wrong))
    namespaces = tuple(settings["namespaces"].split(","))
    after, before = (_moment(settings.get(name, "")) for name in KNOWN[1:])
    comment = " ".join(rest[2:])
    return Signer(words[0], key, rest[0], namespaces, after, before, number, comment)


def _odd_principal(name: str) -> Iterator[str]:
    if re.search(r"[*?!]", name):
        yield f"'{name[:120]}' stands for many people; name one person"
    elif "," in name:
        yield f"'{name[:120]}' names several people; write one line for each, with its own key"
    elif not PRINCIPAL.fullmatch(name):
        yield f"'{name[:120]}' is no name of a person, as carol@example.org is"


def _settings(text: str, wrong: list[str]) -> dict[str, str]:
    """The options by name; complaints go to `wrong`."""
    found: dict[str, str] = {}
    at = 0
    while at < len(text):
        match = OPTION.match(text, at)
        if match is None or (match[3] and match.end() == len(text)):
            wrong.append(f'options are written as in {OUR},valid-before="20271231Z"')
            return found
        name, value, at = match[1], match[2], match.end()
        if name == "cert-authority":
            wrong.append("cert-authority lets others name signers; write each person's own key")
        elif name not in KNOWN:
            wrong.append(f"the option {name[:60]} is not known; use {', '.join(KNOWN)}")
        elif value is None:
            wrong.append(f'the option {name} has no value, as in {name}="…"')
        elif name in found:
            wrong.append(f"the option {name} stands twice")
        else:
            found[name] = value
    wrong += _odd_settings(found)
    return found


def _odd_settings(settings: dict[str, str]) -> Iterator[str]:
    if "namespaces" not in settings:
        yield f"no namespaces, so the key may sign for everything; write {OUR}"
    elif not all(map(NAME.fullmatch, settings["namespaces"].split(","))):
        yield f'namespaces are plain names with commas between, as in namespaces="{NAMESPACE},git"'
    after, before = (_moment(settings.get(name, "")) for name in KNOWN[1:])
    for name, at in zip(KNOWN[1:], (after, before), strict=True):
        if name in settings and at is None:
            yield f'{name} is a date in UTC, as in {name}="20271231Z" or {name}="20271231180000Z"'
    if after and before and before <= after:
        yield "valid-before is no later than valid-after, so the key is never valid"


def _moment(text: str) -> datetime | None:
    """The moment of YYYYMMDD[HHMM[SS]]Z; None for local time, which differs from place to place."""
    if not DATE.fullmatch(text):
        return None
    try:
        found = datetime.strptime(text, FORMS[len(text)]).replace(tzinfo=UTC)
    except ValueError:
        return None
    return found if found.year > 1970 else None


def _said(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%SZ}"
