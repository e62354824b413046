"""Pages that `trl4ml report` made are no input of an audit: else each report would change the next.

The folder of such pages holds `data/manifest.json`, the list of what was made, with the SHA-256 of
each file. Such a list hides nothing else: only names that a report gives its files count, only while
the file is, byte for byte, the one that the list tells of, and never what may hold a secret.
"""

import re
from collections.abc import Callable, Iterable
from hashlib import sha256

from trl4ml.dense import loads

MANIFEST = "data/manifest.json"
MADE_BY = "trl4ml report"
NAME = re.compile(
    r"(index|reviews|sign|enrol|items|evidence|datasheet|(card|model-card|probe)-[a-z0-9-]+)\.md"
    r"|data/(audit|previous|history|report|review)\.json|data/items\.csv"
    r"|data/[a-z0-9-]+-(records|tables|verdicts)\.json"
)
"""What probes attach is called records, tables or verdicts; of another name it is an input."""
SECRET = re.compile(
    rb"PRIVATE KEY-|A[KS]IA[0-9A-Z]{16}|gh[pousr]_\w{36}|github_pat_|glpat-|xox[abeprs]-|sk-[\w-]{40}"
    rb"|hf_\w{30}|AIza[\w-]{35}|[rs]k_live_|npm_\w{36}|pypi-AgE|AccountKey=|k\.com/services/T"
    rb"|://[^\s/:@\"]{1,60}:[^\s/@\"]{6,100}@"
    rb"|(?i:passw(or)?d|pwd|secret|token|(api|access|private)[_-]?key)\\?\"\s*:\s*\\?\""
)
"""A report never holds what may be a secret: such a file stays an input, for a probe to look at."""


def generated(names: Iterable[str], content: Callable[[str], bytes]) -> set[str]:
    """Those of the paths that were made by a report and are as it made them; `content` reads one."""
    every = set(names)
    found = set()
    for manifest in (name for name in every if name.endswith(f"/{MANIFEST}")):
        folder = manifest.removesuffix(MANIFEST)
        listed = _listed(content(manifest))
        paths = {f"{folder}{name}": digests for name, digests in listed.items()}
        found |= {
            path
            for path, digests in paths.items()
            if path in every and _is_so(content(path), digests)
        }
        found |= {manifest} if listed else set()
    return found


def _is_so(content: bytes, digests: list[str]) -> bool:
    return sha256(content).hexdigest() in digests and not SECRET.search(content)


def _listed(content: bytes) -> dict[str, list[str]]:
    """The digests that each file in the list may have; none where it is not a list of ours."""
    try:
        plain = loads(content)
        files = plain["files"] if set(plain) == {"made_by", "files"} else {}
        ours = plain["made_by"] == MADE_BY and all(map(_digests, files.values()))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return {}
    return {name: files[name] for name in files if NAME.fullmatch(name)} if ours else {}


def _digests(value: object) -> bool:
    """Whether it is a list of SHA-256, as the list of what was made holds them."""
    return isinstance(value, list) and all(
        isinstance(one, str) and re.fullmatch("[0-9a-f]{64}", one) for one in value
    )
