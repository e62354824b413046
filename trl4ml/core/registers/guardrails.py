"""Guardrails: what keeps people safe when the model is wrong."""

from enum import StrEnum

from trl4ml.core.noun import Noun, Text
from trl4ml.core.registers.entry import Entries, Entry, Said


class Layer(StrEnum):
    CODE = "code"
    NON_ML = "non-ml"
    HARDWARE = "hardware"
    MODEL = "model"


class Guardrail(Entry):
    """Such as: the heating stops after 240 s, whatever the model says."""

    hazard: Text
    rule: Text
    layer: Layer
    """code, non-ml (a rule that learns nothing), hardware, or model: a promise, no guardrail."""
    limit: Said = ""
    test: Said = ""
    """The test that feeds an unsafe prediction and asserts the limit."""
    owner: Said = ""


class Guardrails(Noun):
    """Safety is a property of the system, not of the model."""

    entries: Entries[Guardrail] = ()
