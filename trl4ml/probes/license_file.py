"""Without a licence nobody may reuse, ship or audit the model.

Looks in the top folder for LICENSE, LICENCE or COPYING, with or without a suffix, and recognises
the common licences by their wording.
"""

import re

from trl4ml.core.evidence import Finding, no, undefined, unknown, yes
from trl4ml.core.views import Files

asks = "The project has a licence file."
version = 2

WORDING = {
    "MIT": "Permission is hereby granted, free of charge",
    "Apache-2.0": "Apache License",
    "BSD": "Redistribution and use in source and binary forms",
    "GPL": "GNU GENERAL PUBLIC LICENSE",
    "LGPL": "GNU LESSER GENERAL PUBLIC LICENSE",
    "AGPL": "GNU AFFERO GENERAL PUBLIC LICENSE",
    "MPL-2.0": "Mozilla Public License",
    "CC": "Creative Commons",
}
OPEN = re.compile(r"\W*(?:TODO|TBD|FIXME|XXX|placeholder)\b", re.IGNORECASE)
"""How a file begins that somebody meant to fill."""


def run(files: Files) -> Finding:
    names = files.matching("{LICENSE,LICENCE,COPYING,UNLICENSE}{,.*,-*}", "LICENSES/*")
    if not names:
        return no("there is no licence file in the top folder", files=0)
    texts = {name: files.text(name) for name in names}
    if not any(text.strip() and not OPEN.match(text) for text in texts.values()):
        return unknown(f"{names[0]} holds no licence; write the licence's text into it", names)
    text = "\n".join(texts.values()).lower()
    known = next((name for name, words in WORDING.items() if words.lower() in text), None)
    return yes(
        f"{names[0]} is a licence file" + (f" ({known})" if known else ""),
        names,
        files=len(names),
        licence=known or undefined("its wording is none that is known here"),
    )
