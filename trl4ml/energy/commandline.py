"""What a command was, fit to be kept: records are committed, and arguments may be secrets."""

import re

SECRET = {"key", "apikey", "token", "secret", "password", "passwd", "pwd", "credentials"}
VEIL = "***"
NAMED = re.compile(r"(-{0,2}[A-Za-z][\w.-]*)(?:=(.*))?", re.DOTALL)
ADDRESS = re.compile(r"(\w+://)[^/@\s]+@")


def veiled(argv: tuple[str, ...]) -> tuple[str, ...]:
    """The arguments, with *** for the value of what is called a key, token, secret or password."""
    told: list[str] = []
    follows = False
    for argument in argv:
        if follows and not argument.startswith("-"):
            told.append(VEIL)
            follows = False
            continue
        found = NAMED.fullmatch(argument)
        secret = bool(found and SECRET & set(re.split(r"[-_.]+", found[1].lower())))
        value = found[2] if found else None
        follows = secret and value is None and argument.startswith("-")
        told.append(f"{argument[: -len(value)]}{VEIL}" if secret and value else ADDRESS.sub(rf"\1{VEIL}@", argument))  # fmt: skip
    return tuple(told)
