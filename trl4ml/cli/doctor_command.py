"""`trl4ml doctor`: does trl4ml itself work here?"""

from typing import Annotated

import typer

from trl4ml import doctoring, errors
from trl4ml.cli.output import Format, put, table
from trl4ml.doctoring import Check, State
from trl4ml.render.plain import json_text


def command(
    format: Annotated[Format, typer.Option(help="How to print it.")] = Format.TEXT,
) -> int:
    """Say what is installed and what is missing. Also what each extra would add; all offline."""
    checks = doctoring.examine(doctoring.project_here())
    works = all(check.state is not State.BROKEN for check in checks)
    if format is Format.JSON:
        put(json_text({"works": works, "checks": [check._asdict() for check in checks]}))
    else:
        put(f"{_verdict(checks)}\n\n{table([(f'  {c.state}', c.what, c.says) for c in checks])}")
    return errors.MET if works else errors.NOT_MET


def _verdict(checks: list[Check]) -> str:
    def named(state: State) -> str:
        return ", ".join(check.what for check in checks if check.state is state)

    if broken := named(State.BROKEN):
        return f"trl4ml does not work here: {broken}."
    says = [
        f"{word} {what}"
        for word, what in (
            ("look at", named(State.WARNING)),
            ("not installed, and only needed for what they add:", named(State.MISSING)),
        )
        if what
    ]
    return "trl4ml works here" + "".join(f"; {one}" for one in says) + "."
