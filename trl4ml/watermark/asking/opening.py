"""From what a person names to a model that can be asked: an ONNX file, a table, an address."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from trl4ml.watermark.asking.oracle import Oracle
from trl4ml.watermark.errors import Refused


@dataclass(frozen=True)
class Manner:
    """How a model is asked; None: as the model or the request itself says."""

    returns: str | None = None
    output: str | None = None
    questions: str | None = None
    journal: str | None = None
    budget: int | None = None
    expected: int = 0
    """Rows that will be asked, as far as it is known."""


def opened(
    model: str, manner: Manner, returns: str, tell: Callable[[str], None]
) -> tuple[Oracle, str | None]:
    """The model to ask, and the SHA-256 of its file when it is one. Raises Refused.

    `model` is an ONNX file, a CSV of answers, the JSON description of a request, or an address.
    """
    kind = Path(model).suffix.lower()
    if model.startswith(("http://", "https://")) or kind == ".json":
        return _endpoint(model, manner, tell), None
    if kind == ".csv":
        from trl4ml.watermark.asking.table import asked_table

        if not manner.questions:
            raise Refused(f"{model}: answers need their questions; add --questions FILE.npy")
        return asked_table(manner.questions, model, manner.returns or returns), None
    from trl4ml.watermark.asking.onnx import asked_onnx
    from trl4ml.watermark.models import weights

    found = weights(model)
    if found.format != "onnx":
        raise Refused(f"{found.file}: is {found.format}, which holds weights and cannot be asked; "
                      "export it as ONNX")  # fmt: skip
    oracle = asked_onnx(model, manner.output, manner.returns or returns, manner.budget)
    return oracle, found.digest


def _endpoint(model: str, manner: Manner, tell: Callable[[str], None]) -> Oracle:
    from trl4ml.watermark.asking.endpoint import asked_endpoint
    from trl4ml.watermark.asking.request import Request, checked, request_in, shown

    named = model.startswith(("http://", "https://"))
    request = checked(Request(model), shown(model)) if named else request_in(model)
    if manner.returns:
        request = checked(replace(request, returns=manner.returns), request.address)
    journal = Path(manner.journal) if manner.journal else None
    return asked_endpoint(request, journal, manner.budget, tell, manner.expected)
