"""A TRL card as Markdown, by the template `card-trl.md.j2`, or as JSON."""

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from markupsafe import Markup

from trl4ml.core.level import LEVELS, LevelName
from trl4ml.core.trlcard.known import Field, TrlCard
from trl4ml.render.markdown import environment, escaped
from trl4ml.render.plain import json_text


def markdown(card: TrlCard, cards: Sequence[tuple[int, str]], templates: Path) -> str:
    """The card as finished Markdown; `cards` are level and path of those of other levels."""
    links = [(level, Markup(quote(path))) for level, path in cards]  # noqa: S704
    page = environment(templates).get_template("card-trl.md.j2")
    return page.render(card=card, cards=links, level=_own(LEVELS[card.level]), told=told)


def _own(level: LevelName) -> dict[str, Markup]:
    return {"name": Markup(level.name), "question": Markup(level.question)}  # noqa: S704


def told(field: Field) -> Markup:
    """What the field says, and what is to be done about it."""
    says = escaped(" · ".join(text.strip() for text in field.says))
    if not field.todo:
        return says
    todo = Markup(field.todo)  # noqa: S704
    if not field.says:
        return Markup("*not stated: {}*").format(todo)
    return Markup("{} (*to do: {}*)").format(says, todo)


def jsonfile(cards: Sequence[TrlCard]) -> str:
    """The cards as JSON, keys sorted."""
    return json_text({"cards": [card.model_dump(mode="json") for card in cards]}, sort_keys=True)
