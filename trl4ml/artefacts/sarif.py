"""What a SARIF 2.1.0 log says (OASIS, 27 March 2020). Raises ValueError for what is not read here.

§3.27.9: only results of kind `fail` are problems; `open` and `review` wait for somebody's decision.
§3.27.10: without a level the rule's `defaultConfiguration` counts, else it is `warning`.
§3.35.3: a suppression that is under review or was rejected suppresses nothing.
Appendix I: a run that told of an error need not have looked at everything, though it succeeded.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Any, NamedTuple

from trl4ml.artefacts.numbers import listed, mapping, text, whole

VERSION = "2.1.0"
LEVELS = ("error", "warning", "note")
KINDS = {"fail", "pass", "open", "informational", "notApplicable", "review"}
WAITING = {"open", "review"}
MOST_PARTS = 20
PENDING = ("underReview", "rejected")
NOTES = ("toolExecutionNotifications", "toolConfigurationNotifications")


class Scan(NamedTuple):
    """One run of one tool."""

    tool: str
    counts: Counter[str]
    """By level; and `suppressed`, `waiting`, `results`."""
    broken: str
    """Why the run proves nothing; empty when it was whole."""


def scans(data: Any) -> list[Scan]:
    """The runs of a log, in order."""
    if not isinstance(data, dict) or "runs" not in data or "version" not in data:
        raise ValueError("it is not SARIF: it has no version or no runs")
    if data["version"] != VERSION:
        raise ValueError(f"it is not SARIF of version {VERSION}, the only one that is read")
    return [_scan(run) for run in listed(data["runs"])]


def _scan(run: Any) -> Scan:
    driver = mapping(mapping(mapping(run).get("tool")).get("driver"))
    name = text(driver.get("name"), 60)
    if not name:
        raise ValueError("it is not SARIF: a run in it does not name its tool")
    version = text(driver.get("semanticVersion") or driver.get("version"), 30)
    levels = _Levels(run)
    counts = Counter(_standing(result, levels) for result in listed(run.get("results")))
    counts["results"] = sum(counts.values())
    return Scan(f"{name} {version}".strip(), counts, _broken(run))


def _broken(run: dict[str, Any]) -> str:
    if "results" not in run or not isinstance(run["results"], list):
        stored = mapping(run.get("externalPropertyFileReferences")).get("results")
        return "keeps its results in another file" if stored else "has no results"
    for one in map(mapping, listed(run.get("invocations"))):
        if one.get("executionSuccessful") is not True:
            why = text(one.get("exitCodeDescription")) or _told(one)
            return f"did not succeed{f': {why}' if why else ''}"
        if why := _told(one):
            return f"was not whole: {why}"
    return ""


def _told(invocation: dict[str, Any]) -> str:
    """The first error that the tool told of itself, and where; empty without one."""
    notes = (mapping(one) for name in NOTES for one in listed(invocation.get(name)))
    for one in notes:
        if one.get("level") == "error":
            place = mapping(next(iter(listed(one.get("locations"))), None)).get("physicalLocation")
            where = text(mapping(mapping(place).get("artifactLocation")).get("uri"))
            says = text(mapping(one.get("message")).get("text")) or "an error without a text"
            return f"{says} in {where}" if where else says
    return ""


def _standing(result: Any, levels: "_Levels") -> str:
    """As what a result is counted; empty for one that is no problem."""
    one = mapping(result)
    kind = one.get("kind", "fail")
    if not one or not isinstance(kind, str) or kind not in KINDS:
        raise ValueError("it is not SARIF: a result in it is of no kind that the standard knows")
    if one.get("baselineState") == "absent" or kind not in {"fail", *WAITING}:
        return ""
    if _suppressed(one):
        return "suppressed"
    if kind in WAITING:
        return "waiting"
    level = levels.of(one)
    if level not in (*LEVELS, "none"):
        raise ValueError("it is not SARIF: a result in it has no level that the standard knows")
    return str(level)


def _suppressed(result: dict[str, Any]) -> bool:
    every = [mapping(one).get("status") for one in listed(result.get("suppressions"))]
    return bool(every) and not any(status in PENDING for status in every)


class _Levels:
    """The levels that rules give to results that name none."""

    def __init__(self, run: dict[str, Any]) -> None:
        tool = mapping(run.get("tool"))
        driver = mapping(tool.get("driver"))
        self._parts = [driver, *map(mapping, listed(tool.get("extensions")))]
        self._by_id = {
            id: rule for part in reversed(self._parts) for id, rule in _ids(part.get("rules"))
        }
        self._overridden = any(
            mapping(one).get("ruleConfigurationOverrides") for one in listed(run.get("invocations"))
        )

    def of(self, result: dict[str, Any]) -> object:
        if "level" in result:
            return result["level"]
        if self._overridden:
            raise ValueError("its levels are overridden per invocation, which is not read")
        rule = self._rule(result)
        return mapping(rule.get("defaultConfiguration")).get("level", "warning")

    def _rule(self, result: dict[str, Any]) -> dict[str, Any]:
        """By its index where one is given, in the extension if its index is given, else by its id.

        §3.27.5: an id may have more parts than its rule's, behind slashes.
        """
        named = mapping(result.get("rule"))
        part = mapping(named.get("toolComponent"))
        at, extension = whole(result.get("ruleIndex", named.get("index"))), whole(part.get("index"))
        of = 0 if extension is None else extension + 1
        known = extension is not None or not part
        rules = listed(self._parts[of].get("rules")) if known and of < len(self._parts) else []
        if at is not None and at < len(rules):
            return mapping(rules[at])
        id = result.get("ruleId") or named.get("id")
        parts = id.split("/", MOST_PARTS) if isinstance(id, str) else []
        prefixes = ("/".join(parts[:end]) for end in range(len(parts), 0, -1))
        return next((self._by_id[one] for one in prefixes if one in self._by_id), {})


def _ids(rules: object) -> Iterable[tuple[str, dict[str, Any]]]:
    every = map(mapping, listed(rules))
    return [(one["id"], one) for one in every if isinstance(one.get("id"), str)]
