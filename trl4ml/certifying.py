"""`trl4ml energy certificate`: the page of the four pillars of one component, from its audit."""

from pathlib import Path
from typing import Any

from trl4ml import run
from trl4ml.errors import WrongInput
from trl4ml.render.plain import json_text

CHECKLIST = "secure"


def certificate(path: Path | None, component: str | None) -> dict[str, Any]:
    """The data of the page. Raises WrongInput."""
    from trl4ml.render.certificate import page
    from trl4ml.switching import find_component

    done = run.gather(path)
    every = done.loaded.project.components
    if component is None and len(every) > 1:
        names = ", ".join(one.name for one in every)
        raise WrongInput(
            f"there are {len(every)} components; choose one with --component ({names})"
        )
    name = every[0].name if component is None else find_component(done, component).name
    if CHECKLIST not in [one.checklist for one in done.loaded.checklists]:
        raise WrongInput(
            f"the checklist {CHECKLIST} is not in force; add it to `checklists` in trl4ml.yaml"
        )
    report = run.judged(done)
    return page(report, next(one for one in report.components if one.name == name))


def rendered(data: dict[str, Any], format: str) -> str:
    from trl4ml.render.certificate import markdown

    return json_text(data) if format == "json" else markdown(data)
