"""The seven sections of a datasheet (Gebru et al. 2018, Datasheets for Datasets)."""

import re

from trl4ml.cards.sections import Form

SECTIONS = {
    "motivation": r"\bmotivation|\brationale\b|(data ?set|data) (summary|description|overview)\b|"
    r"^(overview|description|summary|purpose|about|introduction)\b|why (was|is) th(e|is) data",
    "composition": r"\bcomposition|(data ?set|data) structure|\bdata (fields|instances|splits)\b|"
    r"^(fields|columns|features|schema|splits|instances|languages?|contents?|variables)\b|"
    r"data dictionary|personal and sensitive|\bstatistics\b|^(format|structure|files)$",
    "collection process": r"\bcollect(ion|ed|ing)\b|\bsource data\b|^(data )?(sources?|provenance|"
    r"acquisition)\b|data producers|sampling|how was the data",
    "preprocessing": r"\bpre ?process|\bclean(ing|ed)\b|\blabell?(ing|ed|s)?\b|\bannotat|"
    r"normali[sz]ation|transformations?\b|\bprocessing\b",
    "uses": r"^uses?\b|\b(intended|direct|out of scope|recommended|suitable|known) uses?\b|use cases|"
    r"out of scope|supported tasks|considerations for using|social impact|\bbias(es)?\b|"
    r"\blimitations?\b|\brecommendations?\b|\bethic|\brisks\b|usage (guidelines|notes)",
    "distribution": r"\bdistribut|\blicen[sc](e|ing)\b|\bdownload|\baccess\b|availability|"
    r"(data ?set|data) sources\b|terms of use|copyright|^sharing",
    "maintenance": r"\bmaint(enance|ain)|\bcurators?\b|\bcontact\b|\bcontributions?\b|\bupdates?\b|"
    r"\bversion(s|ing)?\b|change ?log|errat|retention|support and",
}
GENERAL = r"data|data ?sets?|overview|description|summary|details|purpose|about|files"
OTHER = (
    r"^(citation|references|glossary|more information|additional information|table of contents|"
    r"how to (use|cite|load)|usage|installation|getting started|acknowledge?ments|bibtex)$"
)
DATASHEET = Form(
    {name: re.compile(pattern) for name, pattern in SECTIONS.items()},
    general=re.compile(GENERAL),
    other=re.compile(OTHER),
)
