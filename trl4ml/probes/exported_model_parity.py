"""Conversion changes numbers, and the model that serves is not the one that was tested.

Reads a table with the scores of both models on the same held-out rows, from raw inputs, and takes
the largest difference and the share of rows with one label. Differences are relative to the larger
of 1 and the score; up to 1e-9 is agreement for float64, 1e-5 for float32, 1e-3 for float16, 1e-2 for
bfloat16, and of int8 labels alone count; at least 99.9 % of the labels must be the same. Scores that
are older than the exported model, by git, say nothing. All bounds are ours.
"""

from typing import Literal

from trl4ml.artefacts.lying import NotThere, artefacts
from trl4ml.core.evidence import Finding, Measure, no, undefined, unknown, yes
from trl4ml.core.noun import Noun, Text
from trl4ml.core.registers.entry import InnerPath
from trl4ml.core.views import Files, Git, Tables
from trl4ml.predictions.counting import told
from trl4ml.predictions.parity import Parity, parity
from trl4ml.slices.errors import Refused

asks = "The exported model gives what the original gives."
version = 1

TOLERANCE = {"float64": 1e-9, "float32": 1e-5, "float16": 1e-3, "bfloat16": 1e-2, "int8": None}
LABELS = 0.999
SET = "under probes: exported-model-parity in trl4ml.yaml"


class Options(Noun):
    predictions: tuple[str, ...] = ()
    """Patterns of the table with both models' scores: Parquet, CSV or JSON."""
    original: tuple[Text, ...] = ()
    """The columns of the original's scores: one, or one a class."""
    exported: tuple[Text, ...] = ()
    """The columns of the exported model's, in the same order."""
    threshold: float | None = None
    """Of one column: a score of at least this is a positive label."""
    dtype: Literal["float64", "float32", "float16", "bfloat16", "int8"] = "float32"
    """What the exported model computes in; it sets the tolerance."""
    model: InnerPath | None = None
    """The exported model's file; scores of an earlier commit than its own do not count."""


def run(files: Files, tables: Tables, git: Git, options: Options) -> Finding:
    if not options.predictions or not options.original:
        return unknown(f"no scores of an original and an exported model are declared; set predictions, "
                       f"original and exported {SET}")  # fmt: skip
    if len(options.original) != len(options.exported):
        return unknown(f"original names {len(options.original)} columns and exported "
                       f"{len(options.exported)}; name them pairwise {SET}")  # fmt: skip
    if both := sorted({*options.original} & {*options.exported}):
        return unknown(f"'{both[0]}' is named as the original's and as the exported model's; each "
                       f"needs scores of its own {SET}")  # fmt: skip
    try:
        paths = artefacts(files, options.predictions, ())
    except NotThere as where:
        return unknown(f"no scores of both models {where}; write them when the model is exported")
    stale = [one for one in paths
             if options.model and git.exists() and git.newer(one, options.model)]  # fmt: skip
    if stale:
        return unknown(f"{options.model} was changed by a later commit than {stale[0]}; score the "
                       "rows again", paths)  # fmt: skip
    local = {tables.local(path): path for path in paths}
    try:
        found = parity([*local], options.original, options.exported, options.threshold)
    except Refused as why:
        return unknown(told(why, local), paths)
    return _said(found, options, paths)


def _said(found: Parity, options: Options, paths: list[str]) -> Finding:
    tolerance = TOLERANCE[options.dtype]
    share = None if found.same_label is None else found.same_label / found.rows
    if tolerance is None and share is None:
        return unknown(f"of {options.dtype} labels alone count, and one score without a threshold has "
                       f"none; set threshold {SET}", paths)  # fmt: skip
    measures: dict[str, Measure | int | float] = {
        "rows": found.rows,
        "max_difference": found.difference,
        "max_relative_difference": found.relative,
        "same_label": undefined("no threshold, so scores stand for no labels")
        if share is None
        else Measure(value=share, n=found.rows),
    }
    fails = []
    if tolerance is not None and found.relative > tolerance:
        fails.append(f"scores differ by up to {found.relative:.2g} in row {found.worst_row}, more "
                     f"than {tolerance:g} for {options.dtype}")  # fmt: skip
    if share is not None and share < LABELS:
        fails.append(f"{found.rows - (found.same_label or 0)} of {found.rows} labels differ")
    if fails:
        return no(f"{paths[0]}: {'; '.join(fails)}", paths, **measures)
    labels = "" if share is None else f", {found.same_label} labels are the same"
    return yes(f"{paths[0]}: of {found.rows} rows scores differ by at most {found.relative:.2g}"
               f"{labels}", paths, **measures)  # fmt: skip
