"""What Python code imports at its left margin, read without parsing: fast, and for Python 2 too."""

import re
import sys

STANDARD = sys.stdlib_module_names | {"setuptools", "pkg_resources", "pip"}
LONG_STRING = re.compile(r'"""[\s\S]*?"""|' r"'''[\s\S]*?'''")
IMPORT = re.compile(
    r"^(?:from[ \t]+([A-Za-z_]\w*)[\w.]*[ \t]+import\b"
    r"|import[ \t]+([A-Za-z_]\w*)[\w.]*[ \t\r]*(?:$|as\b|[,;#]))",
    re.MULTILINE,
)


def imported(code: str, notebook: bool = False) -> frozenset[str]:
    """The first name of each import that is not of Python itself; of a notebook, in any string."""
    code = re.sub(r'"|\\n', "\n", code) if notebook else LONG_STRING.sub("", code)
    return frozenset(one[1] or one[2] for one in IMPORT.finditer(code)) - STANDARD
