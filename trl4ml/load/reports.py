"""Reports from the disk, as `trl4ml audit --output-format json=FILE` wrote them: checked, whole."""

import hashlib
import json
from pathlib import Path
from typing import Any, NoReturn

from pydantic import ValidationError

from trl4ml.core.canonical import canonical
from trl4ml.core.checklist import Item
from trl4ml.core.evidence import Evidence
from trl4ml.core.pieces import PARTS as HELD
from trl4ml.core.pieces import Parts, noun
from trl4ml.core.project import Waiver
from trl4ml.core.report import SCHEMA_VERSION, ComponentReport, Report
from trl4ml.core.verdict import Verdict
from trl4ml.dense import SPARE, TIMES, Dense, loads, told
from trl4ml.errors import WrongInput

LARGEST = 50_000_000
PARTS: Parts = {
    **HELD,
    Report: {"components": ComponentReport, "items": Item, "waivers": Waiver, "evidence": Evidence},
    ComponentReport: {"verdicts": Verdict},
}
MAKE = "make one with: trl4ml audit --output-format json=FILE"


def report(path: Path) -> Report:
    """The report in the file. Raises WrongInput when it is not one, or is not as it was written."""
    return parsed(_content(path), path)


def parsed(content: bytes, path: Path | str) -> Report:
    """The report in the text; `path` is what complaints call it. Raises WrongInput."""
    whole = _json(path, content)
    if not isinstance(whole, dict) or not {"schema_version", "digest", "report"} <= whole.keys():
        raise WrongInput(f"{path}: not a report of trl4ml; {MAKE}")
    version = whole["schema_version"]
    if version != SCHEMA_VERSION:
        raise WrongInput(f"{path}: a report of schema version {version}; this trl4ml reads version "
                         f"{SCHEMA_VERSION}, so make it again with this one")  # fmt: skip
    try:
        plain = canonical(whole["report"])
    except (ValueError, RecursionError) as error:
        raise WrongInput(f"{path}: not a report of trl4ml ({error}); {MAKE}") from None
    if hashlib.sha256(plain).hexdigest() != whole["digest"]:
        raise WrongInput(f"{path}: its digest does not match its content: it was changed after "
                         "trl4ml wrote it; make it again")  # fmt: skip
    try:
        del whole
        return noun(Report, plain, PARTS)
    except (Dense, TypeError, AttributeError) as error:
        says = told(error, "it is of another shape")
        raise WrongInput(f"{path}: not a report of trl4ml ({says}); {MAKE}") from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"]))
        says = f"{where}: {first['msg']}" if where else first["msg"]
        raise WrongInput(f"{path}: not a report of trl4ml ({says}); {MAKE}") from None


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        raise WrongInput(f"{path}: cannot be read ({getattr(error, 'strerror', '') or error}); "
                         f"{MAKE}") from None  # fmt: skip
    if len(content) > LARGEST:
        raise WrongInput(f"{path}: larger than {LARGEST // 1_000_000} MB, and no more is read; "
                         "is it a report of trl4ml?")  # fmt: skip
    return content


def _json(path: Path | str, content: bytes) -> Any:
    half = (
        len(content) - SPARE // TIMES
    ) // 2  # of the memory: the canonical text is made beside it
    try:
        return loads(content.decode("utf-8-sig"), half, _refused)
    except json.JSONDecodeError as error:
        cut = " (is the file cut off?)" if error.pos >= len(error.doc.rstrip()) - 1 else ""
        says = f"line {error.lineno}, column {error.colno}: {error.msg}{cut}"
    except UnicodeDecodeError:
        says = "it is not UTF-8 text"
    except RecursionError:
        says = "it is nested too deeply"
    except ValueError as error:
        says = str(error)
    raise WrongInput(f"{path}: not JSON ({says}); {MAKE}")


def _refused(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not a JSON number")
