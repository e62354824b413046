"""What a caller can put right."""


class Refused(ValueError):
    """The energy asked for cannot be measured, read or computed; the sentence names the remedy."""
