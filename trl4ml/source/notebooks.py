"""The code in a notebook."""

import re

from trl4ml.dense import loads

MAGIC = re.compile(r"(?m)^([ \t]*)(?:[%!?].*|.*\?)$")


def code_of(content: bytes | str) -> str:
    """The Python of its cells, `pass` in place of magics. Raises ValueError for no notebook."""
    try:
        top = loads(content)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    cells = top.get("cells") if isinstance(top, dict) else None
    if not isinstance(cells, list):
        raise ValueError("it is no notebook")
    code = [c.get("source") for c in cells if isinstance(c, dict) and c.get("cell_type") == "code"]
    texts = ("".join(map(str, c)) if isinstance(c, list) else str(c) for c in code)
    return MAGIC.sub(r"\1pass", "\n".join(t for t in texts if not t.lstrip().startswith("%%")))
