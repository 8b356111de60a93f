"""How large an answer may be."""

from dataclasses import dataclass

from polyai_assets.api.errors import PermanentError


@dataclass(frozen=True, kw_only=True)
class SizeBound:
    """The most bytes of an answer, decompressed, and what to raise beyond: a type, and a message that says why."""

    bytes: float
    kind: type[PermanentError]
    message: str

    def error(self) -> PermanentError:
        """Make the error for an answer that is larger."""
        return self.kind(self.message)
