"""`trl4ml energy measure`: what one request to an endpoint on this machine costs."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from trl4ml.dense import loads, told
from trl4ml.energy.endpoint import endpoint, usage
from trl4ml.energy.errors import Refused
from trl4ml.energy.inference import Inference, measure
from trl4ml.energy.record import Band, to_json
from trl4ml.energy.tracking import track
from trl4ml.errors import WrongInput, to_install
from trl4ml.load import disk
from trl4ml.store.records import write_whole

Row = dict[str, Any]


class Wanted(NamedTuple):
    """The options of the command line as they were given."""

    url: str
    body: str | None = None
    requests: int = 100
    warm_up: int = 3
    tokens: bool = False
    batch: int | None = None
    about: str = ""
    here: bool = False
    location: str | None = None
    region: str | None = None
    pue: float = 1.0
    models: Sequence[str] = ()
    output: str | None = None


def measured(wanted: Wanted) -> Row:
    """Ask n times under the meter; what one request and one token cost, as plain data.

    Raises WrongInput.
    """
    try:
        tracker = track(
            wanted.location, wanted.region, pue=wanted.pue, activity="inference",
            output=wanted.output or "energy", outputs=tuple(wanted.models),
        )  # fmt: skip
        found = measure(
            endpoint(wanted.url, _body(wanted.body), here=wanted.here), tracker=tracker,
            requests=wanted.requests, warm_up=wanted.warm_up, batch=wanted.batch,
            tokens=usage if wanted.tokens else None, about=wanted.about,
        )  # fmt: skip
    except Refused as refused:
        raise WrongInput(str(refused)) from None
    except ModuleNotFoundError as error:
        raise WrongInput(f"energy measure {to_install(error.name or '')}") from None
    if tracker.path is not None:
        _noted(tracker.path, found)
    return _row(found, tracker.path)


def _body(path: str | None) -> Row | None:
    """The JSON object of the file that is posted."""
    if path is None:
        return None
    try:
        data = loads(disk.read(Path(path), path))
    except (ValueError, RecursionError) as error:
        raise WrongInput(f"{path}: {told(error, f'is not JSON ({error})')}") from None
    if not isinstance(data, dict):
        raise WrongInput(f"{path}: is no JSON object; write what is to be posted")
    return data


def _noted(path: Path, found: Inference) -> None:
    """The record again, with how many requests it is of, and what they compare by."""
    about = (*found.record.notes, *([found.about] if found.about else []))
    made = replace(found.record, unit="request", units=float(found.requests), notes=about)
    write_whole(path, to_json(made).encode())


def _row(found: Inference, path: Path | None) -> Row:
    return {
        "record": path.as_posix() if path else None,
        "class": found.record.class_,
        "boundary": found.record.boundary.level,
        "requests": found.requests,
        "request_kwh": _band(found.request_kwh),
        "latency_median_s": found.latency_s,
        "prompt_tokens": found.prompt_tokens,
        "output_tokens": found.output_tokens,
        "output_token_j": _band(found.token_j) if found.token_j else None,
        "tokens_per_s": found.tokens_per_s,
        "batch": found.batch,
        "undefined": found.undefined,
        "notes": list(found.record.notes),
    }


def _band(one: Band) -> Row:
    return {"value": one.value, "lower": one.lower, "upper": one.upper}


def text(found: Row) -> str:
    """The measurement in a few lines."""
    from trl4ml.render.energy import band
    from trl4ml.render.plain import printable

    batch = "batch size not stated" if found["batch"] is None else f"batch {found['batch']}"
    lines = [
        f"per request: {band(found['request_kwh'], 'kWh')}, {found['class']} "
        f"({found['boundary']}, {found['requests']} requests, {batch})",
        f"latency: {found['latency_median_s']:.3g} s, the median",
    ]
    if found["output_token_j"]:
        one = found["output_token_j"]
        lines.append(f"per output token: {one['value']:.3g} J [{one['lower']:.3g}, {one['upper']:.3g}]"
                     f", {found['output_tokens']} tokens, {found['tokens_per_s']:.3g} per second")  # fmt: skip
    elif found["undefined"]:
        lines.append(f"per token: undefined, {found['undefined']}")
    lines += [f"note: {note}" for note in found["notes"]]
    lines.append(f"record: {found['record'] or 'not written'}")
    return "".join(f"{printable(line)}\n" for line in lines)
