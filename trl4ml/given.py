"""What a person types, as it is kept: on one line, printable, and with a link that leads somewhere."""

import posixpath
from typing import NamedTuple

from trl4ml.core.answer import SHORTEST_REASON, Said, is_address
from trl4ml.core.environment import Environment
from trl4ml.errors import WrongInput
from trl4ml.loading import CONFIG
from trl4ml.run import Gathered
from trl4ml.telling import digest_of

OURS = (".git", ".trl4ml")
LONGEST = {"note": 2000, "link": 500, "--by": 200}


class Given(NamedTuple):
    """What one person says to one question."""

    answer: Said
    note: str = ""
    link: str = ""
    environment: Environment | None = None


def who(done: Gathered, by: str | None) -> str:
    """Who answers: as given, or as git knows them. Raises WrongInput."""
    name = clean(by, "--by") if by is not None else clean(done.history.author, "--by")
    if not name:
        raise WrongInput("who answers is not known: give --by 'Name <address>', or tell git with: "
                         "git config user.name 'Name'; git config user.email address")  # fmt: skip
    return name


def clean(text: str, option: str) -> str:
    """The text on one line. Raises WrongInput when it cannot be printed, or is too long."""
    plain = " ".join(text.split())
    if not plain.isprintable():
        at = next(n for n, c in enumerate(plain, 1) if not c.isprintable())
        raise WrongInput(f"{option}: character {at} cannot be printed; leave it out")
    if len(plain) > LONGEST[option]:
        says = "put it into a file of the project, and link to that"
        remedy = says if option == "note" else "shorten it"
        raise WrongInput(f"{option}: longer than {LONGEST[option]} characters; {remedy}")
    return plain


def note_in(text: str) -> str:
    return clean(text, "note")


def reason_in(text: str) -> str:
    """The reason why it does not apply, empty for none. Raises WrongInput when it is too short."""
    plain = note_in(text)
    if plain and len(plain) < SHORTEST_REASON:
        raise WrongInput(f"a reason has at least {SHORTEST_REASON} characters")
    return plain


def where_in(text: str) -> Environment | None:
    """The environment, None for none. Raises WrongInput when there is no such one."""
    plain = text.strip().casefold()
    if plain and plain not in list(Environment):
        raise WrongInput(f"it is one of {', '.join(Environment)}")
    return Environment(plain) if plain else None


def link_in(done: Gathered, link: str) -> str:
    """The address, or the path of a file in the project. Raises WrongInput."""
    plain = clean(link, "link")
    if not plain or is_address(plain):
        return plain
    path = posixpath.normpath(plain)
    if path.startswith(("/", "~", "../")) or path == "..":
        raise WrongInput(f"link {plain}: leaves the project; give a path from the folder of {CONFIG}, "
                         "or an address that begins with https://")  # fmt: skip
    digest = digest_of(done.tree, path)
    if digest.startswith("unreadable: "):
        reason = digest.removeprefix("unreadable: ")
        raise WrongInput(f"link {plain}: cannot be read ({reason}); give a file of the project by its "
                         f"path from the folder of {CONFIG}, or an address that begins with https://")  # fmt: skip
    root = done.root.resolve()
    leads_to = (root / path).resolve().relative_to(root).parts
    if any(part.casefold() in OURS for part in (*path.split("/"), *leads_to)):
        raise WrongInput(f"link {plain}: leads into {' or '.join(f'{one}/' for one in OURS)}, which "
                         "change by themselves and show nothing; link to a file of your own")  # fmt: skip
    return path
