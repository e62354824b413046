"""What a caller can put right."""


class Refused(ValueError):
    """What was given is not believed; the sentence says why, and what to do."""


class Missing(Refused):
    """Nothing is wrong with what was given: the package that would check it is not installed."""
