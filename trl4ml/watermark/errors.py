"""What a caller can put right."""


class Refused(ValueError):
    """The key, the model or its answers cannot be tested; the sentence names the remedy."""


class NoSignal(Refused):
    """The answers carry too little to test: labels only, too coarse, refused, timed out."""
