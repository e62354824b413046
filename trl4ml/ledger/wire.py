"""The wire format of SSH: numbers, and strings with a length before them (RFC 4251, section 5)."""

from trl4ml.ledger.errors import Refused


class Reader:
    """Reads from the front; never past the end. `what` begins every sentence of a refusal."""

    def __init__(self, data: bytes, what: str) -> None:
        self.data, self.at, self.what = data, 0, what

    def take(self, size: int) -> bytes:
        if size > len(self.data) - self.at:
            raise Refused(f"{self.what} is cut short")
        self.at += size
        return self.data[self.at - size : self.at]

    def number(self) -> int:
        return int.from_bytes(self.take(4), "big")

    def string(self) -> bytes:
        return self.take(self.number())

    def text(self) -> str:
        """A string of printable ASCII: names, never prose."""
        raw = self.string()
        if any(not 0x20 <= byte <= 0x7E for byte in raw):
            raise Refused(f"{self.what} holds a name that is not plain ASCII")
        return raw.decode("ascii")

    def mpint(self) -> int:
        """A number above 0, in the one form that has no needless zeros."""
        raw = self.string()
        if not raw or raw[0] & 0x80 or (raw[0] == 0 and not (len(raw) > 1 and raw[1] & 0x80)):
            raise Refused(f"{self.what} holds a number that is not written in its one form")
        return int.from_bytes(raw, "big")

    def done(self) -> None:
        if self.at != len(self.data):
            raise Refused(f"{self.what} has bytes left over at its end")


def string(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data


def mpint(value: int) -> bytes:
    """A number above 0."""
    return string(value.to_bytes(value.bit_length() // 8 + 1, "big"))
