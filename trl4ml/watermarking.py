"""`trl4ml watermark verify`: from a key and something to look at to a verdict, and this as text."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
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
    clean: str | None = None
    white_box: bool = False
    tests_made: int = 1
    run_seed: int = 0
    returns: str | None = None
    output: str | None = None
    questions: str | None = None
    journal: str | None = None
    budget: int | None = None

    @property
    def of_clean(self) -> "Asked":
        """The clean model, asked in the same way."""
        return replace(self, model=self.clean or "", journal=None)

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
    from trl4ml.watermark.deciding import Run, silent
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
    except NoSignal as why:
        run = Run("nothing was tested", commitment, asked.released, (), tests_made=asked.tests_made)
        return silent(key, run, str(why))


def _weights(asked: Asked, key: "Key", commitment: "Commitment | None", tell: Tell) -> "Verdict":
    from trl4ml.watermark import uchida
    from trl4ml.watermark.models import weights

    model = weights(asked.model)
    name = asked.layer or str(key.terms["layer"])
    more: Row = {}
    if asked.incoming:
        more["incoming"] = model.layer(asked.incoming)
        more["reference"] = array(asked.reference, "--reference")
    if asked.clean:
        clean = weights(asked.clean)
        if clean.layout(name) != model.layout(name):
            raise WrongInput(f"--clean {asked.clean}: give it in the format of {asked.model}")
        more["parent"] = clean.layer(name)
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
    if digest and asked.white_box:
        reading, more["shuffled"] = _white_box(asked, key, inputs)
    else:
        reading = black_box(_answers(oracle, key), inputs, key)
        shuffles = _shuffles(asked, asked.output) if digest else ()
        more["shuffled"] = [black_box(one, inputs, key) for one in shuffles]
    if asked.clean:
        other, _ = _opened(asked.of_clean, str(key.terms["returns"]), rows, tell)
        more["reference"] = black_box(_answers(other, key), inputs, key)
    made = gradsigns.verify(reading, key, commitment, model_digest=digest, **asked.run, **more)
    return replace(made, notes=(*made.notes, *oracle.notes))


def _white_box(asked: Asked, key: "Key", inputs: Any) -> tuple[Any, list[Any]]:
    """The reading of an ONNX file by its gradient in float64, and those of its shuffles."""
    from trl4ml.watermark.double import onnx_scores
    from trl4ml.watermark.gradients import central, white_box

    returns = str(key.terms["returns"])
    own = white_box(central(onnx_scores(asked.model, asked.output), returns), inputs, key)
    shuffles = _shuffles(asked, asked.output)
    return own, [white_box(central(one, returns), inputs, key) for one in shuffles]


def _shuffles(asked: Asked, output: str | None) -> Iterator[Any]:
    """The ONNX file with its weights in random order, again and again; none where it has no tensors."""
    from trl4ml.watermark.controls import SHUFFLES
    from trl4ml.watermark.double import onnx_shuffled
    from trl4ml.watermark.errors import Refused

    for n in range(SHUFFLES):
        try:
            one = onnx_shuffled(asked.model, asked.run_seed + n, output)
        except Refused:
            return
        yield one


def _answers(oracle: Any, key: "Key") -> Callable[[Any], Any]:
    """What the key's terms say that the interface returns."""
    as_committed = key.terms["returns"] == "probabilities"
    answers: Callable[[Any], Any] = oracle.probabilities if as_committed else oracle.scores
    return answers


def _labels(asked: Asked, key: "Key", commitment: "Commitment | None", tell: Tell) -> "Verdict":
    from trl4ml.watermark import trigger_set

    oracle, digest = _opened(asked, "probabilities", int(key.terms["count"]), tell)
    inputs = array(asked.inputs, "--inputs") if asked.inputs else None
    more: Row = {"shuffled": _shuffles(asked, None)} if digest else {}
    if asked.clean:
        more["reference"] = _opened(asked.of_clean, "probabilities", 0, tell)[0].labels
    made = trigger_set.verify(oracle.labels, key, commitment, inputs=inputs, model_digest=digest,
                              **asked.run, **more)  # fmt: skip
    return replace(made, notes=(*made.notes, *oracle.notes))


def _text(asked: Asked, key: "Key", commitment: "Commitment | None", tell: Tell) -> "Verdict":
    from trl4ml.watermark import tokens
    from trl4ml.watermark.schemes import module

    if asked.clean:
        raise WrongInput("--clean: is for models; give a text without the mark with --human")
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


def recordable(asked: Asked) -> None:
    """Raises WrongInput where no record can be kept of this, before anything is asked."""
    if not asked.commitment or not asked.released:
        raise WrongInput("--record: is kept of a model file with --commitment and --released only")
    for given in (asked.model, asked.commitment):
        path = PurePath(given)
        if path.is_absolute() or ".." in path.parts or "://" in given:
            raise WrongInput(
                "--record: give model and commitment by paths from the project's folder"
            )


def record(found: Mapping[str, Any], asked: Asked) -> str:
    """The record of a verification, for the probe `watermark-verified`. Raises WrongInput."""
    from trl4ml.watermark.record import Record

    recordable(asked)
    with Path(asked.model).open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest != found["model_digest"]:
        raise WrongInput(
            "--record: is kept of a model file that was verified as it lies here, in one file"
        )
    model, commitment = (Path(str(one)).as_posix() for one in (asked.model, asked.commitment))
    return Record(found, model, commitment, str(asked.released)).to_json()


def render(found: Row, format: str) -> str:
    """The verdict as `text` or `json`."""
    from trl4ml.render import watermark

    return json_text(found) if format == "json" else watermark.text(found)
