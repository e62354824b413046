"""The nine sections of a model card (Mitchell et al. 2019, Model Cards for Model Reporting)."""

import re

from trl4ml.cards.sections import Form

SECTIONS = {
    "model details": r"model (details|description|overview|information|summary|specifications?)\b|"
    r"^(overview|description|summary|details|introduction|about)\b|about (the|this) model",
    "intended use": r"\b(intended|foreseeable|permitted|prohibited) (use|purpose|application|user)|"
    r"^uses?$|use cases?\b|\b(direct|downstream|primary|model|evaluated|acceptable|mis) ?uses?\b|"
    r"out of scope|^(purpose|applications?|scope)$|limitations? of use",
    "factors": r"(?<!risk )\bfactors\b|relevant groups|sub ?groups|subpopulations",
    "metrics": r"\bmetrics?\b|performance measures?|decision thresholds?",
    "evaluation data": r"\b(evaluation|eval|test|testing|validation)( and \w+)? (data|data ?sets?)\b",
    "training data": r"\btrain(ing)?( and \w+)? (data|data ?sets?)\b|^(training( details)?|data|"
    r"data ?sets?)( used)?$|data used (for|in|to) train",
    "quantitative analyses": r"quantitative|\bresults?\b|\bbenchmarks?\b|\bunitary\b|intersectional|"
    r"\bperformance\b(?! measure)|^(model )?evaluation( procedure| report)?$|disaggregated",
    "ethical considerations": r"\bethic|\bbias(es)?\b|\bfair(ness)?\b|\brisks\b|\bprivacy\b|"
    r"\bharms?\b|\bsafety\b|(social|societal|broader) impact|implications|responsible",
    "caveats and recommendations": r"\bcaveats?\b|recommendations?\b|\blimitations?\b(?! of use)|"
    r"known issues|trade ?offs|failure modes|weaknesses",
}
GENERAL = r"data|data ?sets?|overview|description|summary|details|purpose|scope|about"
OTHER = (
    r"^(training (procedure|hyper ?parameters|regime|script|infrastructure)|(hyper ?)?parameters|"
    r"speeds|environmental impact|technical specifications|compute|hardware|"
    r"software|framework versions|citation|references|glossary|more information|authors?|contact|"
    r"model card (authors|contact)|how to|usage|installation|getting started|quick ?start|"
    r"change ?log|version history|licen[sc]e|contributing|acknowledge?ments|table of contents)\b"
)
MODEL_CARD = Form(
    {name: re.compile(pattern) for name, pattern in SECTIONS.items()},
    general=re.compile(GENERAL),
    other=re.compile(OTHER),
)
