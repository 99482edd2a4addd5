"""What a reader says of bytes that it does not take."""

from __future__ import annotations


class Refused(ValueError):
    """Input that breaks a rule of the format. `code` is stable and the same in every implementation."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
