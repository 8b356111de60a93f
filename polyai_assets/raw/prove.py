"""Proving the counts of the days of a fetch that will not change any more."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import NamedTuple

from polyai_assets.api.client import ConversationsClient
from polyai_assets.raw.certificate import WalkLog
from polyai_assets.raw.request import FetchRequest
from polyai_assets.raw.verify import CountProof, CountVerifier, Found
from polyai_assets.raw.walk_spool import WalkSpool
from polyai_assets.raw.windows import Window, spans


class Closed(NamedTuple):
    """A walk over a window that was brought to its end, with its records."""

    window: Window
    client_env: str
    walk: WalkSpool

    @property
    def log(self) -> WalkLog:
        """What the certificate says of it."""
        window, walk = self.window, self.walk
        return WalkLog(
            self.client_env,
            window.start,
            window.end,
            walk.pages,
            walk.closed_by,
            len(walk.outside),
            walk.duplicates,
        )


def prove_counts(
    request: FetchRequest, days: Iterable[date], walked: Sequence[Closed]
) -> dict[date, CountProof]:
    """Prove the counts of days in every environment; of several proofs of a day, one that failed stays."""
    proofs: dict[date, CountProof] = {}
    with ConversationsClient(request.connection) as client:
        for client_env in request.client_envs:
            query = replace(request.query, client_env=client_env)
            here = [closed for closed in walked if closed.client_env == client_env]
            verifier = CountVerifier(client, query, _found(here))
            for span in _as_walked(set(days), here):
                for day, proof in verifier.verify(span).items():
                    known = proofs.get(day)
                    proofs[day] = proof if known is None or known.proven else known
    return proofs


def _as_walked(days: set[date], walked: Sequence[Closed]) -> list[Window]:
    """Join days into windows that reach over their ends if the walks did that brought them."""
    narrow = {day for closed in walked if not closed.window.overlap for day in closed.window.dates}
    within = [replace(span, overlap=timedelta(0)) for span in spans(list(days & narrow))]
    return sorted(spans(list(days - narrow)) + within)


def _found(walked: Sequence[Closed]) -> Iterator[Found]:
    """Give every record once, in however many walks and however often it came."""
    seen: set[str] = set()
    repeated = {identity for closed in walked for identity in closed.walk.duplicates}
    for _, _, walk in walked:
        for identity in walk.entries.keys() - seen:
            entry = walk.entries[identity]
            yield Found(entry.day, entry.started_at, identity if identity in repeated else None)
        for identity in walk.outside.keys() - seen:
            yield Found(None, walk.outside[identity])
        seen |= walk.entries.keys()
        seen |= walk.outside.keys()
