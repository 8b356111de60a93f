"""What the retrieval modes of the list bring: a search, best first, or a random sample."""

from dataclasses import dataclass

from polyai_assets.api.record import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrieved:
    """Conversations that a search found or a sample drew, each once, verbatim."""

    records: list[Record]
    """In the server's order: what a search found at place 0 is its best hit."""
    is_cut: bool
    """Whether the server had more to give."""

    @property
    def ids(self) -> list[str]:
        """The conversations' ids in the same order, without records that have none."""
        return [record.id for record in self.records if record.id]
