"""Other people's YAML → plain data: anchors, merges and tags are common there, and harmless here.

An alias stands for what its anchor holds, `<<` merges, a tag is passed over; of keys that appear
twice the last one counts, as it does for the tool that the file was written for.
"""

from typing import Any

import yaml

from trl4ml.load.text import DEEPEST, Refused, Spot, composed, plain

MOST_NODES = 200_000


def parse_foreign(text: str) -> list[Any]:
    """The data of every document in the text. Raises Refused, for alias bombs too."""
    budget = Budget()
    return [budget.build(node, 0) for node in composed(text, aliases=True)]


class Budget:
    """Builds data from nodes until there are too many: aliases can multiply without end."""

    def __init__(self) -> None:
        self._left = MOST_NODES

    def build(self, node: yaml.Node, depth: int) -> Any:
        self._left -= 1
        if self._left < 0 or depth > DEEPEST:
            mark = node.start_mark
            line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
            raise Refused([Spot(line, column, "aliases make it too large or too deep")])
        if isinstance(node, yaml.ScalarNode):
            return node.value if node.style else plain(node.value)
        if isinstance(node, yaml.SequenceNode):
            return [self.build(child, depth + 1) for child in node.value]
        data: dict[Any, Any] = {}
        merged: dict[Any, Any] = {}
        for key, value in node.value:
            built = self.build(value, depth + 1)
            if isinstance(key, yaml.ScalarNode) and key.value == "<<":
                for one in built if isinstance(built, list) else [built]:
                    merged = {**one, **merged} if isinstance(one, dict) else merged
            else:
                data[key.value if isinstance(key, yaml.ScalarNode) else str(key.value)] = built
        return {**merged, **data}
