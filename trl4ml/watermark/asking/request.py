"""How an HTTP endpoint is asked, as its JSON file says it:

    {"url": "https://example.org/v1/models/m:predict",
     "headers": {"Authorization": "env:MODEL_TOKEN"},
     "body": {"instances": "{inputs}"},
     "answers": "predictions",
     "returns": "probabilities", "batch": 32, "per_second": 5, "retries": 4, "timeout_s": 30}

`{inputs}` stands for a batch of inputs as nested lists, `{input}` for one (a batch is then one).
`answers` is the path to the answers in the reply, with dots; empty where the reply itself is the
list. A header `env:NAME` takes its value from the environment, so that the file holds no secret.
"""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from trl4ml.dense import loads, told
from trl4ml.watermark.asking.oracle import RETURNS
from trl4ml.watermark.errors import Refused

LARGEST = 1_000_000
HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
VALUE = re.compile(r"([!-~]([\t -~]*[!-~])?)?")


@dataclass(frozen=True)
class Request:
    url: str
    body: Any = field(default_factory=lambda: {"inputs": "{inputs}"})
    answers: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    returns: str = "probabilities"
    batch: int = 32
    per_second: float = 5
    retries: int = 4
    timeout_s: float = 30

    def filled(self, inputs: Any) -> Any:
        """The body with the inputs in it."""
        return _filled(self.body, inputs)

    @property
    def singly(self) -> bool:
        return "{input}" in json.dumps(self.body)

    @property
    def address(self) -> str:
        """The address as it may be shown: no user, no password, no query."""
        return shown(self.url)

    @property
    def asks(self) -> dict[str, Any]:
        """What decides the answers: not how fast they are asked for, and no header."""
        wanted = ("url", "body", "answers", "returns")
        return {name: asdict(self)[name] for name in wanted}


def shown(url: str) -> str:
    """An address without what it may hold in secret: user, password, query and fragment."""
    head, slashes, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    return f"{head}{slashes}{host.rpartition('@')[2]}{slash}{path}".partition("?")[0].partition(
        "#"
    )[0]


def request_in(path: Path | str) -> Request:
    """The request as a JSON file describes it. Raises Refused, which names file and field."""
    file = Path(path)
    try:
        if file.stat().st_size > LARGEST:
            raise Refused(
                f"{file}: is larger than {LARGEST:,} bytes; give the description of a request"
            )
        given = loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise Refused(f"{file}: cannot be read ({error.strerror})") from None
    except Refused:
        raise
    except (ValueError, RecursionError) as error:
        raise Refused(f"{file}: {told(error, f'is not JSON ({error})')}") from None
    known = {one.name for one in fields(Request)}
    if not isinstance(given, dict) or "url" not in given or (odd := set(given) - known):
        says = (
            f"; {', '.join(sorted(odd))} is not among them"
            if isinstance(given, dict) and odd
            else ""
        )
        raise Refused(
            f"{file}: has the fields url (needed), {', '.join(sorted(known - {'url'}))}{says}"
        )
    return checked(Request(**given), str(file))


def checked(request: Request, file: str) -> Request:
    """The request, with headers from the environment filled in. Raises Refused."""
    try:
        parts = urlsplit(request.url)
        scheme, host, _ = parts.scheme, parts.hostname, parts.port
        plain = not any(letter <= " " or letter == "\x7f" for letter in request.url)
    except (ValueError, AttributeError, TypeError):
        scheme, host, plain = "", None, False
    numbers = {"batch": (request.batch, 1, 100_000), "per_second": (request.per_second, 0.001, 1e6),
               "retries": (request.retries, 0, 100), "timeout_s": (request.timeout_s, 0.01, 3600)}  # fmt: skip
    for name, (value, least, most) in numbers.items():
        if type(value) not in ({int} if name in ("batch", "retries") else {int, float}) or not (
            least <= value <= most
        ):
            raise Refused(f"{file}: {name} is {value!r}; give a number from {least} to {most:g}")
    if scheme not in ("http", "https") or not host or not plain:
        given = repr(shown(request.url) if isinstance(request.url, str) else request.url)
        raise Refused(f"{file}: url is {given}; give one that begins with https:// or http:// and "
                      "holds no blanks")  # fmt: skip
    if request.returns not in RETURNS:
        raise Refused(f"{file}: returns is {request.returns!r}; give one of {', '.join(RETURNS)}")
    if not isinstance(request.answers, str):
        raise Refused(f"{file}: answers is {request.answers!r}; give a path such as outputs.0.data")
    try:
        marks = json.dumps(request.body, allow_nan=False)
    except ValueError:
        raise Refused(f"{file}: body holds NaN or infinity, which JSON has not") from None
    if marks.count('"{inputs}"') + marks.count('"{input}"') != 1:
        raise Refused(f'{file}: body must hold exactly one of "{{inputs}}" and "{{input}}"')
    return Request(**{**vars(request), "headers": _headers(request.headers, file)})


def _headers(given: Any, file: str) -> dict[str, str]:
    if not isinstance(given, Mapping) or not all(isinstance(v, str) for v in given.values()):
        raise Refused(f"{file}: headers is not a mapping of names to texts")
    found = {}
    for name, value in given.items():
        variable = value.removeprefix("env:") if value.startswith("env:") else ""
        if variable and not os.environ.get(variable):
            raise Refused(f"{file}: header {name} is taken from the environment variable {variable}, "
                          "which is not set; set it")  # fmt: skip
        found[name] = os.environ[variable] if variable else value
        if not HEADER.fullmatch(name) or not VALUE.fullmatch(found[name]):
            raise Refused(f"{file}: header {name!r} or its value holds what no header may (line "
                          "ends, blanks around it, letters beyond ASCII); correct it")  # fmt: skip
    return found


def _filled(part: Any, inputs: Any) -> Any:
    if part in ("{inputs}", "{input}"):
        return inputs
    if isinstance(part, Mapping):
        return {name: _filled(value, inputs) for name, value in part.items()}
    return [_filled(value, inputs) for value in part] if isinstance(part, list) else part
