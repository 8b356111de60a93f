"""Loading what is committed, although other runs commit meanwhile."""

from collections.abc import Callable
from typing import Protocol, TypeVar


class _Certified(Protocol):
    @property
    def records_sha256(self) -> str: ...


C = TypeVar("C", bound=_Certified)
L = TypeVar("L")


def load_newest(certificate: C, load: Callable[[C], L], newest: Callable[[], C | None]) -> tuple[C, L]:
    """Load a partition, again if another run has committed newer records of it meanwhile; give what was loaded last."""
    while True:
        loaded = load(certificate)
        current = newest()
        if current is None or current.records_sha256 == certificate.records_sha256:
            return certificate, loaded
        certificate = current
