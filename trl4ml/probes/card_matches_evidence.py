"""A card is believed by people who cannot measure; a number in it that nothing bears out misleads them.

Takes the numbers that a hand-written model card claims, in its `model-index` and in the tables of its
results, and holds each against the declared predictions (Parquet, CSV or JSON) or a file of results.
A claim agrees when the measure, rounded to the digits that were written, is the claim. Slices are
compared where the card names them as the table does (`sex 1` is `sex=1`). A number that contradicts
nothing, and that nothing bears out, leaves it unknown. Grams are held against the energy records by
`energy-plausible`.
"""

from typing import Any

from trl4ml.artefacts.numbers import fault, text
from trl4ml.cards.claims import MOST, Claim, Unclear, of_front, of_tables, off_by, plain
from trl4ml.cards.names import foreign
from trl4ml.core.evidence import Finding, Place, no, unknown, yes
from trl4ml.core.modelcard.names import ours
from trl4ml.core.registers.entry import InnerPath
from trl4ml.core.views import Documents, Files, Tables, Unreadable
from trl4ml.predictions.claimed import known
from trl4ml.predictions.declared import Declared
from trl4ml.slices.errors import Refused

asks = "The numbers on the model card are those that were measured."
version = 1

CARDS = ("**/*model{_,-,}card*.{md,markdown}", "README.md")
SHOWN = 3
Values = dict[tuple[str, str], float]


class Options(Declared):
    card: InnerPath | None = None
    """The model card, where it has another name."""
    data: str = ""
    """Type, name or split of the data set in model-index, where there are several."""
    results: dict[str, dict[str, str]] = {}
    """JSON file → metric → where it stands, as in {results/metrics.json: {auc: overall.auc.value}};
    `auc in sex 1` is that of a slice, as the card calls it."""


def run(files: Files, documents: Documents, tables: Tables, options: Options) -> Finding:
    patterns = (options.card,) if options.card else CARDS
    names = [one for one in files.matching(*patterns) if options.card or not foreign(one)]
    if not names:
        return unknown("there is no model card; write MODEL_CARD.md, or name it under probes: "
                       "card-matches-evidence: card")  # fmt: skip
    path = min(names, key=lambda one: (one.lower().endswith("readme.md"), one.count("/"), one))
    try:
        claims = _claims(files, documents, path, options)
    except Unclear as why:
        return unknown(f"{path}: {text(str(why), 300)}; name the one that was measured under probes: "
                       "card-matches-evidence: data", [path])  # fmt: skip
    if not claims:
        return unknown(
            f"{path} claims no number of a metric that is known; add a model-index", [path]
        )
    if not (options.predictions or options.results):
        says = f"nothing is declared to hold the numbers of {path} against"
        return unknown(f"{says}; declare predictions or results under probes: "
                       "card-matches-evidence", [path], claims=len(claims))  # fmt: skip
    try:
        measured = _measured(files, documents, tables, options, claims)
    except Refused as why:
        return unknown(str(why))
    return _judged(path, claims, measured)


def _claims(files: Files, documents: Documents, path: str, options: Options) -> list[Claim]:
    front, below = documents.front_matter(path)
    whole = files.text(path)
    found = of_front(front, whole, ours, options.data), of_tables(below, whole, ours)
    if any(len(some) > MOST for some in found):
        raise Unreadable(
            path, f"claims more than {MOST} numbers; name the card that counts as card"
        )
    return [*found[0], *found[1]]


def _measured(
    files: Files, documents: Documents, tables: Tables, options: Options, claims: list[Claim]
) -> Values:
    """By metric and slice in plain words."""
    found: Values = {}
    if options.predictions:
        values = known(files, tables, options, (one.metric for one in claims)).values
        found = {(metric, plain(where)): value for (metric, where), value in values.items()}
    for file, where in options.results.items():
        data = documents.json(file)
        for title, spot in where.items():
            metric, _, slice = title.partition(" in ")
            found[ours(metric) or metric, plain(slice)] = _at(file, data, spot)
    return found


def _at(file: str, data: Any, spot: str) -> float:
    for key in spot.split("."):
        data = data.get(key) if isinstance(data, dict) else None
    if why := fault(data):
        raise Unreadable(file, f"holds no number at {spot}: {why}")
    return float(data)


def _judged(path: str, claims: list[Claim], measured: Values) -> Finding:
    compared = [(one, measured[key]) for one in claims
                if (key := (one.metric, plain(one.slice))) in measured]  # fmt: skip
    wrong = [(one, value) for one, value in compared if off_by(one, value)]
    measures = {
        "claims": len(claims), "compared": len(compared), "contradictions": len(wrong),
        "unmeasured": len(claims) - len(compared),
    }  # fmt: skip
    if wrong:
        says = "; ".join(_contradiction(one, value) for one, value in wrong[:SHOWN])
        more = f" (and {len(wrong) - SHOWN} more)" if len(wrong) > SHOWN else ""
        places = [Place(path=path, line=one.line) for one, _ in wrong]
        return no(f"{path}: {says}{more}", dict.fromkeys(places), **measures)
    if not compared:
        names = ", ".join(sorted({one.metric for one in claims}))
        return unknown(f"{path}: none of what it claims ({names}) was measured", [path], **measures)
    said = "1 number is" if len(compared) == 1 else f"{len(compared)} numbers are"
    says = f"{said} as measured in {path}"
    loose = [one for one in claims if (one.metric, plain(one.slice)) not in measured]
    if loose:
        names = ", ".join(_where(one) for one in loose[:SHOWN]) + (" …" if loose[SHOWN:] else "")
        lines = dict.fromkeys(Place(path=path, line=one.line) for one in loose)
        says = f"{says}; {len(loose)} claimed and not measured: {names}"
        return unknown(says, lines, **measures)
    return yes(says, [path], **measures)


def _where(one: Claim) -> str:
    return f"{one.metric}{_in(one)} (line {one.line})"


def _in(one: Claim) -> str:
    return f" in {text(one.slice, 80)}" if one.slice else ""


def _contradiction(one: Claim, value: float) -> str:
    """`claims accuracy 0.82 in sex 1 (line 12), and 0.7468 was measured`."""
    percent = " %" if one.percent else ""
    return f"claims {one.metric} {one.text}{percent}{_in(one)} (line {one.line}), and {value:.4g} was measured"
