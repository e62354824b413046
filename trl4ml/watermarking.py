"""`trl4ml watermark verify`: from a key and something to look at to a verdict, and this as text."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trl4ml.errors import WrongInput, to_install
from trl4ml.render.plain import json_text

if TYPE_CHECKING:
    from trl4ml.watermark.keys import Commitment, Key
    from trl4ml.watermark.verdict import Verdict

Row = dict[str, Any]
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Asked:
    """What is verified, with which files beside the key, and from `returns` on how it is asked."""

    model: str
    secret: str
    commitment: str | None = None
    released: str | None = None
    inputs: str | None = None
    layer: str | None = None
    incoming: str | None = None
    reference: str | None = None
    human: str | None = None
    white_box: bool = False
    tests_made: int = 1
    run_seed: int = 0
    returns: str | None = None
    output: str | None = None
    questions: str | None = None
    journal: str | None = None
    budget: int | None = None

    @property
    def run(self) -> Row:
        """What every scheme's verify is told."""
        return {"released": self.released, "tests_made": self.tests_made, "run_seed": self.run_seed}


def said(make: Callable[[], Any]) -> Any:
    """What is made, with the errors of the library turned into WrongInput."""
    from trl4ml.watermark.errors import Refused

    try:
        return make()
    except Refused as refused:
        raise WrongInput(f"watermark: {refused}") from None
    except ModuleNotFoundError as error:
        missing = (error.name or "").split(".")[0]
        extra = "needs the extra 'watermark': pip install 'trl4ml[watermark]'"
        raise WrongInput(
            f"watermark {to_install(missing) if missing == 'torch' else extra}"
        ) from None


def verified(asked: Asked, tell: Tell) -> Row:
    """The verdict as plain data. Raises WrongInput."""
    found: Row = said(lambda: _verified(asked, tell).as_dict())
    return found


def _verified(asked: Asked, tell: Tell) -> "Verdict":
    from trl4ml.watermark.custody import read_commitment, read_secret
    from trl4ml.watermark.errors import NoSignal, Refused
    from trl4ml.watermark.schemes import regrown, scheme

    key = regrown(read_secret(Path(asked.secret)))
    commitment = read_commitment(Path(asked.commitment)) if asked.commitment else None
    how = {"weights": _weights, "scores": _scores, "labels": _labels, "text": _text}
    reads = scheme(key.scheme).reads
    if reads not in how:
        raise Refused(f"{key.scheme} is verified from Python: trl4ml.watermark.{key.scheme}.verify")
    try:
        return how[reads](asked, key, commitment, tell)
    except NoSignal as silent:
        return _silent(key, commitment, asked, str(silent))


def _weights(asked: Asked, key: "Key", commitment: "Commitment | None", tell: Tell) -> "Verdict":
    from trl4ml.watermark import uchida
    from trl4ml.watermark.models import weights

    model = weights(asked.model)
    name = asked.layer or str(key.terms["layer"])
    more: Row = {}
    if asked.incoming:
        more["incoming"] = model.layer(asked.incoming)
        more["reference"] = array(asked.reference, "--reference")
    layout = model.layout(name) or None
    return uchida.verify(model.layer(name), key, commitment, layout=layout,
                         model_digest=model.digest, **asked.run, **more)  # fmt: skip


def _scores(asked: Asked, key: "Key", commitment: "Commitment | None", tell: Tell) -> "Verdict":
    from trl4ml.watermark import gradsigns
    from trl4ml.watermark.differences import black_box

    steps = 2 if key.terms["bounds"] else 1
    rows = int(key.terms["n"]) * (steps * int(key.terms["bits"]) + 2)
    oracle, digest = _opened(asked, str(key.terms["returns"]), rows, tell)
    inputs = array(asked.inputs, "--inputs")
    more: Row = {}
    if digest:
        reading, more["shuffled"] = _read_file(asked, key, inputs, oracle)
    else:
        reading = black_box(_answers(oracle, key), inputs, key)
    return gradsigns.verify(reading, key, commitment, model_digest=digest, **asked.run, **more)


def _read_file(asked: Asked, key: "Key", inputs: Any, oracle: Any) -> tuple[Any, list[Any]]:
    """The reading of an ONNX file, and those of its shuffles."""
    from trl4ml.watermark.controls import SHUFFLES
    from trl4ml.watermark.differences import black_box
    from trl4ml.watermark.double import onnx_scores, onnx_shuffled
    from trl4ml.watermark.gradients import central, white_box

    shuffles = (onnx_shuffled(asked.model, seed, asked.output) for seed in range(SHUFFLES))
    if not asked.white_box:
        reading = black_box(_answers(oracle, key), inputs, key)
        return reading, [black_box(one, inputs, key) for one in shuffles]
    returns = str(key.terms["returns"])
    read = [white_box(central(one, returns), inputs, key)
            for one in (onnx_scores(asked.model, asked.output), *shuffles)]  # fmt: skip
    return read[0], read[1:]


def _answers(oracle: Any, key: "Key") -> Callable[[Any], Any]:
    """What the key's terms say that the interface returns."""
    as_committed = key.terms["returns"] == "probabilities"
    answers: Callable[[Any], Any] = oracle.probabilities if as_committed else oracle.scores
    return answers


def _labels(asked: Asked, key: "Key", commitment: "Commitment | None", tell: Tell) -> "Verdict":
    from trl4ml.watermark import trigger_set

    oracle, digest = _opened(asked, "probabilities", int(key.terms["count"]), tell)
    inputs = array(asked.inputs, "--inputs") if asked.inputs else None
    return trigger_set.verify(oracle.labels, key, commitment, inputs=inputs, model_digest=digest,
                              **asked.run)  # fmt: skip


def _text(asked: Asked, key: "Key", commitment: "Commitment | None", tell: Tell) -> "Verdict":
    from trl4ml.watermark import tokens
    from trl4ml.watermark.schemes import module

    human = tokens.read(asked.human) if asked.human else None
    text = tokens.read(asked.model)
    verdict: Verdict = module(key.scheme).verify(text, key, commitment, human=human, **asked.run)
    return verdict


def _opened(asked: Asked, returns: str, rows: int, tell: Tell) -> tuple[Any, str | None]:
    from trl4ml.watermark.asking.opening import Manner, opened

    manner = Manner(asked.returns, asked.output, asked.questions, asked.journal, asked.budget, rows)
    return opened(asked.model, manner, returns, tell)


def array(path: str | None, option: str) -> Any:
    """The array of a .npy file that stays with the key's owner. Raises Refused."""
    from trl4ml.watermark.asking.table import inputs_in
    from trl4ml.watermark.errors import Refused

    if path is None:
        raise Refused(f"this key needs an array that stays with its owner; add {option} FILE.npy")
    return inputs_in(path)


def _silent(key: "Key", commitment: "Commitment | None", asked: Asked, why: str) -> "Verdict":
    """Inconclusive where nothing could be read at all, and why."""
    from trl4ml.watermark.controls import not_run
    from trl4ml.watermark.deciding import Run, decide
    from trl4ml.watermark.null import Tally

    reason, _, remedy = why.partition("; ")
    verdict = decide(key, Tally(0, 0), Run(
        null_hypothesis="nothing was tested", commitment=commitment, released=asked.released,
        controls=(not_run("every control", "the model gave no scores to test"),),
        tests_made=asked.tests_made,
    ))  # fmt: skip
    if verdict.status == "uncommitted":
        return verdict
    return replace(verdict, status="inconclusive", reason=reason, remedy=remedy)


def record(found: Mapping[str, Any], asked: Asked) -> str:
    """The record of a verification, for the probe `watermark-verified`. Raises WrongInput."""
    from trl4ml.watermark.record import Record

    digest = found["model_digest"]
    kept = digest and digest == hashlib.sha256(Path(asked.model).read_bytes()).hexdigest()
    if not asked.commitment or not asked.released or not kept:
        raise WrongInput("--record: is kept of a model file with --commitment and --released only")
    model, commitment = Path(asked.model).as_posix(), Path(asked.commitment).as_posix()
    if any(path.startswith(("/", "../")) for path in (model, commitment)):
        raise WrongInput("--record: give model and commitment by paths from the project's folder")
    return Record(found, model, commitment, asked.released).to_json()


def render(found: Row, format: str) -> str:
    """The verdict as `text` or `json`."""
    from trl4ml.render import watermark

    return json_text(found) if format == "json" else watermark.text(found)
