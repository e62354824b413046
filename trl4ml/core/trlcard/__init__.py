"""The TRL card of one component: the fields of both published variants, filled or with what to do.

Variant A is that of the paper and its talk, variant B that of the template in the MLTRL repository
(Lavin et al., Nature Communications 13:6039, 2022). Nothing is invented: a field says what was
measured, declared or answered, and where nothing was, how to state it.
"""

from trl4ml.core.project import Component
from trl4ml.core.report import Report
from trl4ml.core.trlcard.known import Known, TrlCard
from trl4ml.core.trlcard.sections import sections
from trl4ml.core.trlcard.summary import summary


def trl_card(report: Report, component: Component) -> TrlCard:
    """The card of the component at the level that it works on."""
    known = Known(report, component)
    checklists = (f"{c.checklist} {c.version}" for c in report.checklists)
    return TrlCard(
        component=component.name,
        level=known.level,
        summary=summary(known),
        sections=sections(known),
        made_from=(report.tool, *checklists, f"trl4ml.yaml {report.config_digest[:12]}"),
    )
