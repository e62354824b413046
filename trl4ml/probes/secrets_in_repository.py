"""Whoever can read the repository holds every key in it, also after the key is taken out.

Searches the text files that git tracks or would track, up to 1 MB (notebooks with their outputs up
to 16 MB), for private keys, keys of well-known services, passwords in URLs and, outside tests and
documents, values that are given to passwords, tokens and keys and look random. Placeholders, lock
files, minified and vendored code and large data files are left out. Only the place is ever shown.
"""

import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from math import log2

from trl4ml.core.evidence import Finding, Measure, Place, no, unknown, yes
from trl4ml.core.noun import Noun
from trl4ml.core.views import Files, Unreadable

asks = "A secret lies in the repository."
version = 1

LIMIT = 1_000_000
NOTEBOOK_LIMIT = 16_000_000
LEFT_OUT = re.compile(
    r"""(?:^|/)(?:node_modules|vendor|vendored|third_party|site-packages)/
    | (?:^|[-./])(?:lock|sum|min\.\w+|map)$ | (?:[-.]lock|shrinkwrap)\.(?:json|ya?ml)$
    | \.(?:png|jpe?g|gif|webp|ico|bmp|tiff?|psd|pdf|docx?|xlsx?|pptx?|zip|gz|tgz|bz2|xz|zst|7z|tar|whl
        |jar|parquet|feather|arrow|orc|avro|npy|npz|pkl|pickle|joblib|pt|pth|ckpt|bin|onnx|pb|h5|hdf5
        |safetensors|gguf|tflite|so|dll|dylib|exe|pyc|o|a|woff2?|ttf|eot|otf|mp[34]|wav|ogg|flac|avi
        |mov|mkv|sqlite3?|db)$""",
    re.VERBOSE | re.IGNORECASE,
)
DATA = re.compile(
    r"\.(?:csv|tsv|jsonl?|ndjson|geojson|txt|xml|svg|html?|sql|log|arff|libsvm)$", re.IGNORECASE
)
TESTS_AND_DOCUMENTS = re.compile(
    r"(?:^|/)(?:tests?|testing|__tests__|specs?|fixtures|testdata|mocks?|docs?|examples?)/"
    r"|(?:^|/)(?:test_[^/]*|[^/]*_test\.\w+|conftest\.py)$|\.(?:md|rst|adoc)$",
    re.IGNORECASE,
)
BARE = re.compile(
    r"(?:^|/)(?:[^/.]+|\.[^/.]+|\.env[^/]*|Dockerfile[^/]*)$"
    r"|\.(?:env|ini|cfg|conf|properties|ya?ml|sh|bash|zsh|bat|ps1|service|dockerfile|tfvars)$",
    re.IGNORECASE,
)

GIVEN = rb"""\\?["']?[ \t]*[:=]"""
ENDS = (rb"k(?:en|ey)", rb"K(?:EN|EY|ey)", rb"w(?:or)?d", rb"W(?:OR)?D", rb"cret", rb"CRET",
        rb"phrase", rb"PHRASE")  # fmt: skip
SIGN = re.compile(
    rb"""-(?:BEGIN\ [A-Z\ ]*PRIVATE|(?<=glpat-)|(?<=sk-)(?<![A-Za-z0-9]sk-)|(?<=xox[abeprs]-)
        |(?<=pypi-)AgE)
    |_(?:(?<=gh[pousr]_)|(?<=github_pat_)|(?<=hf_)|(?<=npm_)|live_(?<=[rs]k_live_))
    |A(?:[KS]IA[0-9A-Z]{16}|Iza[\w-]{35}|ccountKey=)
    |k\.com/services/T"""
    + b"".join(b"|" + end + GIVEN for end in ENDS),
    re.VERBOSE,
)
"""Begins with rare letters, for speed: what is found is looked at again from a little before."""

STARTS = (0, 2, 3, 4, 5, 10)
"""How far before its sign a key may begin."""
KINDS = {
    "private-key": rb"-----BEGIN (?:[A-Z]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----[\s\S]{0,200}?"
    rb"[A-Za-z0-9+/]{40}",
    "aws-access-key": rb"A[KS]IA[0-9A-Z]{16}(?![0-9A-Za-z])",
    "github-token": rb"gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{60}",
    "gitlab-token": rb"glpat-[\w-]{20}",
    "slack-token": rb"xox[abeprs]-[A-Za-z0-9-]{20}|hooks\.slack\.com/services/T\w+/B\w+/\w{16}",
    "google-api-key": rb"AIza[\w-]{35}(?![\w-])",
    "anthropic-key": rb"sk-ant-[\w-]{40}",
    "openai-key": rb"sk-(?:proj|svcacct|admin)-[\w-]{40}|sk-[A-Za-z0-9]{48}(?![\w-])",
    "huggingface-token": rb"hf_[A-Za-z0-9]{30}",
    "stripe-key": rb"[rs]k_live_[A-Za-z0-9]{16}",
    "azure-storage-key": rb"AccountKey=[A-Za-z0-9+/]{80}",
    "package-token": rb"npm_[A-Za-z0-9]{36}|pypi-AgE[\w-]{50}",
}
KNOWN = re.compile(
    rb"(?<![A-Za-z0-9+_])(?:%b)"
    % b"|".join(b"(?P<%b>%b)" % (kind.replace("-", "_").encode(), pattern)
                for kind, pattern in KINDS.items())
)  # fmt: skip
LONGEST_NAME = 12
NAME = re.compile(
    rb"""(?ix)(?:(?P<password>passw(?:or)?d|passphrase|pwd)|secret|token
    |(?:api|access|secret|private|account|auth|encryption|signing|master|storage)[_-]?key)\Z"""
)
VALUE = re.compile(
    rb"""(?x)[>=]?[ \t]*(?:[\w.|\[\] ]{1,30}=[ \t]*)?(?:
    [bru]?\\?["'](?P<quoted>[^"'\s\\]{8,200})\\?["']
    |(?P<bare>[^\s"'\\\#;,(){}\[\]<>$&|]{8,200})(?=[\s;,\#]|\Z))"""
)
URL = re.compile(
    rb"""[a-z][a-z0-9+.-]{1,30}://(?P<user>[^\s/:@"'<>]{0,60}):(?P<value>[^\s/@"'<>]{6,100})@[\w.-]"""
)
URL_SIGN = re.compile(rb"://[^\s/:@]{0,60}:[^\s/@]+@")
PLACEHOLDER = re.compile(
    rb"""(?ix)example|sample|change.?me|placeholder|dummy|fake|mock|redacted|your|insert|replace|xxx
    |\*\*\*|\.\.\.|[<>{}]|\$[({\w]|%[(s]|todo|none|null|undefined|test|demo|foo|default|localhost|abc123
    |12345|qwerty|passw|secret|getenv|environ|process\.|config|settings|self\.|vault|admin|user|root
    |postgres|^arn:|^enc\[|^https?:|^/[a-z]|Eby8vdM02xNOcq"""
)
WORDS = re.compile(
    rb"(?:[A-Za-z]{1,20}\d{0,4}|\d{1,8})?(?:[-_./:@]+(?:[A-Za-z]{1,20}\d{0,4}|\d{1,8}))*[-_./:@]*"
)
MOST = 100


class Options(Noun):
    allow: tuple[str, ...] = ()
    """Patterns of files to leave out because what looks like a secret there is none."""


def run(files: Files, options: Options) -> Finding:
    allowed = set(files.matching(*options.allow)) if options.allow else set()
    found: dict[tuple[str, int], set[str]] = {}
    scanned = 0
    unread: list[Unreadable] = []
    for path in files.all():
        if path in allowed or LEFT_OUT.search(path):
            continue
        try:
            content = _text(files, path)
        except Unreadable as error:
            unread.append(error)
            continue
        scanned += content is not None
        for line, kind in _secrets(path, content or b""):
            found.setdefault((path, line), set()).add(kind)
    return _finding(found, scanned, unread)


def _text(files: Files, path: str) -> bytes | None:
    """The content as UTF-8; None when it is no text, or too large and known to hold data."""
    limit = NOTEBOOK_LIMIT if path.endswith(".ipynb") else LIMIT
    if files.size(path) > limit:
        if DATA.search(path):
            return None
        raise Unreadable(path, f"it is larger than {limit:,} bytes")
    content = files.bytes(path, limit)
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace").encode()
    return None if b"\0" in content[:8000] else content


def _finding(
    found: dict[tuple[str, int], set[str]], scanned: int, unread: list[Unreadable]
) -> Finding:
    places = [Place(path=path, line=line) for path, line in sorted(found)]
    measures = {
        "found": Measure(value=len(found), unit="places"),
        "kinds": Measure(value=", ".join(sorted(set().union(*found.values()))) or "none"),
        "files_scanned": Measure(value=scanned),
        "too_large": Measure(value=len(unread)),
    }
    if places:
        kind = min(found[min(found)])
        more = f" and {len(places) - 1} more places" if places[1:] else ""
        says = (
            f"what looks like a secret ({kind}) is in {places[0]}{more}; revoke it, then remove it"
        )
        return yes(says, places, **measures)
    if unread:
        says = f"{unread[0]}; make it smaller or readable, or name it under `allow`"
        return unknown(says, [error.path for error in unread], **measures)
    if not scanned:
        return unknown("there is no text file to search", (), **measures)
    return no(f"no secret was found in {scanned} files", (), **measures)


def _secrets(path: str, content: bytes) -> Iterator[tuple[int, str]]:
    """Line and kind of what looks like a secret, of at most MOST in a file."""
    quiet = bool(TESTS_AND_DOCUMENTS.search(path))
    bare = bool(BARE.search(path))
    for at, kind in islice(_signs(content, quiet, bare), MOST):
        yield content.count(b"\n", 0, at) + 1, kind


def _signs(content: bytes, quiet: bool, bare: bool) -> Iterator[tuple[int, str]]:
    for sign in SIGN.finditer(content):
        if sign[0].endswith((b":", b"=")) and not sign[0].startswith(b"A"):
            if not quiet and _is_given(content, sign, bare):
                yield sign.start(), "assigned-secret"
        elif kind := _known(content, sign.start()):
            yield sign.start(), kind
    if not quiet and b"://" in content and b"@" in content and URL_SIGN.search(content):
        for url in URL.finditer(content):
            if url["value"] != url["user"] and _looks_random(url["value"], password=True):
                yield url.start(), "password-in-url"


def _known(content: bytes, sign: int) -> str:
    """The kind of key that begins at the sign or a little before it, if any."""
    for before in STARTS:
        match = KNOWN.match(content, sign - before) if sign >= before else None
        if match and (match["private_key"] or not _is_dummy(match[0])):
            return str(match.lastgroup).replace("_", "-")
    return ""


def _is_given(content: bytes, sign: re.Match[bytes], bare: bool) -> bool:
    """Whether what is given to a password, token or key there looks random."""
    end = sign[0].rstrip(b":= \t\\\"'")
    name = NAME.search(content[max(0, sign.start() - LONGEST_NAME) : sign.start()] + end)
    value = VALUE.match(content, sign.end()) if name else None
    if not (name and value):
        return False
    text = value["quoted"] or (value["bare"] if bare else b"")
    return bool(text) and _looks_random(text, password=bool(name["password"]))


def _looks_random(text: bytes, password: bool) -> bool:
    mixed = re.search(rb"[A-Za-z]", text) and re.search(rb"\d", text)
    if not mixed or PLACEHOLDER.search(text):
        return False
    if password:
        return len(text) >= 8 and _bits(text) >= 2.5
    return len(text) >= 16 and _bits(text) >= 3 and not WORDS.fullmatch(text)


def _is_dummy(text: bytes) -> bool:
    return bool(PLACEHOLDER.search(text)) or _bits(text[-16:]) < 2.5


def _bits(text: bytes) -> float:
    """Shannon entropy per character."""
    return -sum(n / len(text) * log2(n / len(text)) for n in Counter(text).values())
