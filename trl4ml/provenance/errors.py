"""What a caller can put right."""


class Refused(ValueError):
    """What was given cannot be checked; the sentence names the file or field, and the remedy."""
