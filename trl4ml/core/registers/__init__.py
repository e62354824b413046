"""What a project declares under `registers` in trl4ml.yaml: one noun for each register."""

from trl4ml.core.noun import Noun
from trl4ml.core.registers.assumptions import Assumptions
from trl4ml.core.registers.cards import Cards
from trl4ml.core.registers.datasets import Datasets
from trl4ml.core.registers.deployment import Deployments
from trl4ml.core.registers.error_analysis import ErrorAnalysis
from trl4ml.core.registers.goals import Goals
from trl4ml.core.registers.guardrails import Guardrails
from trl4ml.core.registers.incidents import Incidents
from trl4ml.core.registers.requirements import Requirements
from trl4ml.core.registers.second_order_effects import SecondOrderEffects

REGISTERS: dict[str, type[Noun]] = {
    "requirements": Requirements,
    "assumptions": Assumptions,
    "second-order-effects": SecondOrderEffects,
    "datasets": Datasets,
    "error-analysis": ErrorAnalysis,
    "guardrails": Guardrails,
    "incidents": Incidents,
    "goals": Goals,
    "deployment": Deployments,
    "cards": Cards,
}
