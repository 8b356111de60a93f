"""Proving the counts of the days of a fetch that will not change any more."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime

from polyai_assets.api.client import ConversationsClient
from polyai_assets.raw.certificate import WalkLog
from polyai_assets.raw.request import FetchRequest
from polyai_assets.raw.verify import CountProof, CountVerifier
from polyai_assets.raw.walk_spool import WalkSpool
from polyai_assets.raw.windows import spans

Walked = Sequence[tuple[WalkLog, WalkSpool]]
"""Walks that were brought to their end, with their records."""


def prove_counts(request: FetchRequest, days: Iterable[date], walked: Walked) -> dict[date, CountProof]:
    """Prove the counts of days in every environment; of several proofs of a day, one that failed stays."""
    proofs: dict[date, CountProof] = {}
    with ConversationsClient(request.connection) as client:
        for client_env in request.client_envs:
            query = replace(request.query, client_env=client_env)
            verifier = CountVerifier(client, query, _found(walked, client_env))
            for span in spans(list(days)):
                for day, proof in verifier.verify(span.dates).items():
                    known = proofs.get(day)
                    proofs[day] = proof if known is None or known.proven else known
    return proofs


def _found(walked: Walked, client_env: str) -> Iterator[tuple[date, datetime | None]]:
    """Give day and start of every record of an environment, of one that came twice in a walk twice."""
    seen: set[str] = set()
    for done, walk in walked:
        if done.client_env != client_env:
            continue
        for identity in [*(walk.entries.keys() - seen), *walk.duplicates]:
            entry = walk.entries[identity]
            yield entry.day, entry.started_at
        seen |= walk.entries.keys()
