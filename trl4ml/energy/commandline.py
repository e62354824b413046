"""What a command was, fit to be kept: records are committed, and arguments may be secrets."""

import re

SECRET = {
    "key", "apikey", "token", "secret", "password", "passwd", "pwd", "credentials", "authorization",
}  # fmt: skip
VEIL = "***"
OPTION = re.compile(r"-{1,2}[A-Za-z][\w.-]*")
NAME = rf"-{{0,2}}[\w.-]*(?i:{'|'.join(sorted(SECRET))})[\w.-]*"
GIVEN = re.compile(
    rf"(?<![\w.-])({NAME})([\"']?\s*[=:]\s*)(\"[^\"]*\"|'[^']*'|(?:Bearer |Basic )?[^\s;&|\"']+)"
)
SPACED = re.compile(rf"(?<![\w.-])(?=-)({NAME})(\s+)([^\s;&|\"'-][^\s;&|\"']*)")
ADDRESS = re.compile(r"(\w+://)[^/@\s]+@")
SHAPES = re.compile(
    r"\b(?:hf_|sk-|gh[pousr]_|github_pat_|glpat-|xox[abprs]-|AKIA|eyJ)[A-Za-z0-9_.-]{12,}"
)
"""How tokens of Hugging Face, OpenAI, GitHub, GitLab, Slack, AWS, and JSON web tokens begin."""


def veiled(argv: tuple[str, ...]) -> tuple[str, ...]:
    """The arguments, with *** for what has the shape of a token, and for the value of what is called
    a key, token, secret or password, also within the text of a script or an address."""
    told: list[str] = []
    follows = False
    for argument in argv:
        if follows and not argument.startswith("-"):
            told.append(VEIL)
            follows = False
            continue
        follows = bool(OPTION.fullmatch(argument)) and _secret(argument)
        whole = re.fullmatch(r"(-{0,2}[A-Za-z][\w.-]*=)(.+)", argument, re.DOTALL)
        told.append(f"{whole[1]}{VEIL}" if whole and _secret(whole[1]) else _within(argument))
    return tuple(told)


def _within(text: str) -> str:
    def given(found: re.Match[str]) -> str:
        return f"{found[1]}{found[2]}{VEIL}" if _secret(found[1]) else found[0]

    return SHAPES.sub(VEIL, ADDRESS.sub(rf"\1{VEIL}@", SPACED.sub(given, GIVEN.sub(given, text))))


def _secret(name: str) -> bool:
    words = re.sub(r"([a-z0-9])([A-Z])", r"\1-\2", name).lower()
    return bool(SECRET & set(re.split(r"[-_.=]+", words)))
