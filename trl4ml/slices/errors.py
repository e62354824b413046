"""What a caller can put right."""


class Refused(ValueError):
    """The table does not carry what was asked; the sentence names the column and the remedy."""
