"""Text from outside made harmless: control characters never reach a terminal."""


def printable(text: str) -> str:
    """The text with every unprintable character shown as an escape; tabs and newlines too."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
