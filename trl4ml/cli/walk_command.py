"""`trl4ml walk`: level by level, what only a person can answer."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from trl4ml import errors, questioning
from trl4ml.cli.dialogue import at_terminal, plain_wanted, silent
from trl4ml.cli.output import coloured, progress, talk, width
from trl4ml.cli.sitting import Sitting
from trl4ml.given import who
from trl4ml.questioning import Look
from trl4ml.render.walk import Words

Targets = list[tuple[str, int]]


def command(
    path: Annotated[Path | None, typer.Argument(help="The project's folder.")] = None,
    component: Annotated[str | None, typer.Option(help="Only this component.")] = None,
    level: Annotated[int | None, typer.Option(min=0, max=9, help="Up to this level; else up to the wanted one, or the next.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Ask again what is answered already.")] = False,
    plain: Annotated[bool, typer.Option("--plain", help="Each line a sentence, for screen readers; so it is where there is no terminal.")] = False,
    by: Annotated[str | None, typer.Option(metavar="'NAME <ADDRESS>'", help="Who answers; else as git knows you.")] = None,
) -> int:  # fmt: skip
    """Walk through the levels and answer what no probe can. Each answer is kept at once."""
    plain = plain_wanted(plain)
    with progress() as tell:
        look = questioning.look(path, silent if plain else tell)
    talk(*look.done.store.notices)
    names = _components(look, component)
    targets = [(name, questioning.target(look.component(name), level)) for name in names]
    again = [
        "trl4ml",
        "walk",
        *([str(path)] if path else []),
        *(["--component", component] if component else []),
    ]
    words = Words(plain, coloured(), width(), shlex.join(again))
    sitting = Sitting(path, look, who(look.done, by), words, every)
    try:
        sitting.walk(targets)
        left = sitting.quit
    except KeyboardInterrupt:
        sitting.stopped()
        return errors.INTERRUPTED
    except EOFError:
        sitting.stopped()
        left = at_terminal()
    return errors.MET if left or _met(sitting.look, targets) else errors.NOT_MET


def _components(look: Look, only: str | None) -> list[str]:
    """All, or the one named. Raises WrongInput."""
    names = [one.name for one in look.report.components]
    if only is not None and only not in names:
        hint = errors.did_you_mean(names, only)
        raise errors.WrongInput(f"--component {only}: trl4ml.yaml has no such component{hint}; "
                                f"it has {', '.join(names)}")  # fmt: skip
    return names if only is None else [only]


def _met(look: Look, targets: Targets) -> bool:
    reached = [(look.component(name).supported, level) for name, level in targets]
    return all(supported is not None and supported >= level for supported, level in reached)
