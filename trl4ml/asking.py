"""Probes are asked, or their stored evidence is taken when nothing they looked at has changed."""

import json
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from typing import Any

from trl4ml.core.canonical import digest
from trl4ml.core.evidence import Evidence, Finding, Held, Mode, Outcome, unknown
from trl4ml.core.trace import Trace
from trl4ml.core.unreadable import Unreadable
from trl4ml.errors import to_install
from trl4ml.probes import Probe
from trl4ml.readers.files import Part
from trl4ml.readers.views import Views, changed
from trl4ml.store.evidence import Kept, Store

LONGEST = 2_000
"""Characters of a message, which is one line: what a probe repeats of a file may be anything."""


class Asking:
    """One run over one project; `asked` counts the probes that really ran."""

    def __init__(
        self, store: Store, kept: Mapping[str, Kept],
        options: Mapping[str, Mapping[str, Any]], run: bool, progress: Callable[[str], None],
        rerun: bool = False,
    ) -> None:  # fmt: skip
        self._store = store
        self._kept = kept
        self._options = options
        self._run = run
        self._progress = progress
        self._rerun = rerun
        self._new: dict[str, tuple[Kept, Evidence]] = {}
        self._answers: dict[str, Held] = {}
        self.asked = 0

    def about(self, part: Part, probes: Sequence[Probe]) -> dict[str, Held]:
        """The evidence of each probe about one part of the tree, by probe id."""
        alike = not (part.claims or part.declared)
        found = {}
        for number, probe in enumerate(probes, 1):
            self._progress(f"{part.component}: {probe.id} ({number} of {len(probes)})")
            scope = "*" if alike and not probe.asks_which else part.component
            found[probe.id] = self._evidence(probe, part, f"{probe.id}@{scope}")
        return found

    def _evidence(self, probe: Probe, part: Part, name: str) -> Held:
        if name not in self._answers:
            self._answers[name] = self._answer(probe, part, name)
        return self._answers[name]

    def _answer(self, probe: Probe, part: Part, name: str) -> Held:
        options = self._options.get(probe.id, {})
        made_by = _made_by(probe, options, part)
        kept = self._kept.get(name)
        if kept and kept.trace.provisional and self._rerun:
            kept = None
        stale = "it was never gathered"
        if kept:
            stale = "the probe or its options changed"
            if kept.made_by == made_by:
                stale = _changed(part, kept.trace)
                stored = None if stale else self._store.evidence(kept.evidence)
                if stored:
                    return Held(kept.evidence, stored)
                stale = stale or "its stored file is missing or broken"
        if not self._run:
            says = f"no current evidence: {stale}; gather it with: trl4ml audit"
            silent = _evidence(probe, unknown(says), {}, Mode.AUTO)
            return Held(digest(silent), silent)
        views = Views(part, parse_yaml, self._rerun)
        finding = ask(probe, views, options)
        self.asked += 1
        mode = getattr(probe.module, "mode", Mode.AUTO)
        evidence = _evidence(probe, finding, views.reads(), mode)
        kept = Kept(made_by=made_by, evidence=digest(evidence), trace=views.trace())
        if finding.outcome is not Outcome.ERROR and (views.final or self._stands_in(name)):
            self._new[name] = (kept, evidence)
        return Held(kept.evidence, evidence)

    def _stands_in(self, name: str) -> bool:
        """Whether what was found without running anything may be kept until something is run."""
        before = self._kept.get(name)
        return not self._rerun and (before is None or before.trace.provisional)

    @property
    def found(self) -> dict[str, Kept]:
        """What the probes that ran have to remember, by probe and scope."""
        return {name: kept for name, (kept, _) in self._new.items()}

    @property
    def evidence(self) -> dict[str, Evidence]:
        """The evidence of the probes that ran, by digest."""
        return {kept.evidence: evidence for kept, evidence in self._new.values()}


def _changed(part: Part, trace: Trace) -> str:
    try:
        return changed(part, trace, parse_yaml)
    except Unreadable as error:
        return str(error)


def ask(probe: Probe, views: Views, options: Mapping[str, Any]) -> Finding:
    """The probe's finding; a file it cannot read makes UNKNOWN, a crash makes ERROR."""
    finding = _asked(probe, views, options)
    message = " ".join(finding.message.splitlines())
    if len(message) > LONGEST:
        message = f"{message[:LONGEST]} …"
    if message == finding.message:
        return finding
    return finding.model_copy(update={"message": message})


def _asked(probe: Probe, views: Views, options: Mapping[str, Any]) -> Finding:
    try:
        kind = probe.options
        given = {"options": kind.model_validate_json(json.dumps(options))} if kind else {}
        finding = probe.module.run(**views.named(probe.needs), **given)
    except Unreadable as error:
        return unknown(str(error))
    except ModuleNotFoundError as error:
        says = f"{probe.id} {to_install((error.name or str(error)).split('.')[0])}"
        return Finding(outcome=Outcome.ERROR, message=says)
    except Exception as error:  # a probe may be anybody's code: its crash is a finding, not ours
        says = f"the probe broke: {type(error).__name__}: {error}"[:500]
        whole = says.encode("utf-8", "backslashreplace").decode()
        return Finding(outcome=Outcome.ERROR, message=whole)
    if not isinstance(finding, Finding):
        says = f"the probe broke: it gave {type(finding).__name__}, not a Finding"
        return Finding(outcome=Outcome.ERROR, message=says)
    return finding


def _evidence(probe: Probe, finding: Finding, reads: dict[str, str], mode: Mode) -> Evidence:
    texts = finding.attachments.items()
    return Evidence(
        probe=probe.id, version=probe.version, distribution=probe.distribution, reads=reads,
        attached={name: sha256(text.encode()).hexdigest() for name, text in texts},
        mode=mode, **dict(finding),
    )  # fmt: skip


def _made_by(probe: Probe, options: Mapping[str, Any], part: Part) -> str:
    asked = [probe.id, probe.distribution, probe.code_digest, options, str(part.claims)]
    return sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()


class NotYaml(ValueError):
    def __init__(self, says: str, line: int) -> None:
        super().__init__(says)
        self.line = line


def parse_yaml(text: str) -> list[object]:
    """The documents of a YAML text as plain data. Raises NotYaml with the line."""
    from trl4ml.load.foreign import parse_foreign
    from trl4ml.load.text import Refused

    try:
        return parse_foreign(text)
    except Refused as refused:
        first = refused.spots[0]
        raise NotYaml(first.says, first.line) from None
