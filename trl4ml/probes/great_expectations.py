"""Data that nobody checked on its way in breaks the model without breaking the code.

Reads validation results of Great Expectations (0.15 to 1.x, JSON) at `paths` or where its store keeps
them. Of several validations of one suite and one data asset the newest counts, and all of the newest run.
An expectation that raised an exception was not evaluated, and so proves nothing about the data.
"""

from trl4ml.artefacts.great_expectations import Validation, validation
from trl4ml.artefacts.numbers import text
from trl4ml.core.evidence import Finding, Measure, Mode, no, undefined, unknown, yes
from trl4ml.core.noun import Noun, Scalar
from trl4ml.core.views import Documents, Files, Unreadable
from trl4ml.results.lying import NoResults, lying
from trl4ml.results.newest import Timed, newest

asks = "The data was validated by Great Expectations, and every expectation is met."
version = 1
mode = Mode.ARTIFACT

STORE = "{gx,great_expectations}/uncommitted/validations"
NAMES = "{*great_expectations*,*great-expectations*,gx_*,gx-*,*validation_result*,*validation-result*}.json"
USUAL = (
    NAMES,
    f"{{data,reports,results,validation,validations,artifacts}}/{NAMES}",
    f"{STORE}/*/*/*/*.json",
    f"{STORE}/*/*/*/*/*.json",
)
HOW = "write one with: json.dump(result.to_json_dict(), file)"
MOST_TOLD = 3


class Options(Noun):
    paths: tuple[str, ...] = ()
    """Patterns of the results, if they lie elsewhere; `**/` finds only what git tracks."""


def run(files: Files, documents: Documents, options: Options) -> Finding:
    what = "validation result of Great Expectations"
    try:
        paths = lying(files, options.paths, USUAL, what, HOW)
        counted = newest(_timed(path, _read(documents, path)) for path in paths)
    except NoResults as why:
        return unknown(str(why))
    used = [path for path, _ in counted]
    measures = _counts([one for _, one in counted])
    says = f"{measures['successful']} of {measures['evaluated']} expectations are met"
    says = f"{says} in {len(counted)} validations by {used[0]}"
    failed = [name for _, one in counted for name in one.failed]
    if failed:
        return no(f"{says}; not met: {_few(failed)}", used, **measures)
    for path, one in counted:
        if one.raised:
            why_not = f"{len(one.raised)} expectations could not be evaluated ({one.raised[0]})"
            return unknown(f"{path}: {why_not}; {says}", [path], **measures)
        if not one.evaluated:
            return unknown(
                f"{path}: the suite {text(one.suite)} holds no expectation", [path], **measures
            )
        if one.success is not (one.evaluated == one.successful):
            return unknown(f"{path}: its success and its statistics differ", [path], **measures)
        if not one.success:
            return no(says, used, **measures)
    return yes(says, used, **measures)


def _timed(path: str, one: Validation) -> tuple[Timed, tuple[str, Validation]]:
    """Without the name of its asset a result is of one that no other result is of."""
    return Timed((one.suite, one.asset or path), one.time, path), (path, one)


def _read(documents: Documents, path: str) -> Validation:
    try:
        return validation(documents.json(path))
    except ValueError as error:
        raise Unreadable(path, str(error)) from None


def _counts(counted: list[Validation]) -> dict[str, Measure | Scalar]:
    evaluated = sum(one.evaluated for one in counted)
    successful = sum(one.successful for one in counted)
    share = Measure(value=successful / evaluated, n=evaluated) if evaluated else None
    return {
        "validations": len(counted),
        "evaluated": evaluated,
        "successful": successful,
        "unsuccessful": evaluated - successful,
        "raised": sum(len(one.raised) for one in counted),
        "success_rate": share or undefined("no expectation was evaluated"),
    }


def _few(names: list[str]) -> str:
    more = f" and {len(names) - MOST_TOLD} more" if names[MOST_TOLD:] else ""
    return ", ".join(names[:MOST_TOLD]) + more
