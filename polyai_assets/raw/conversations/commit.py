"""Committing a fetched day to the raw store, unless the fetch is not believed."""

import logging
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from importlib.metadata import version

from msgspec.structs import replace

from polyai_assets.api.query import describe_query
from polyai_assets.raw.conversations.certificate import (
    Certificate,
    TurnCount,
    Version,
    WalkLog,
)
from polyai_assets.raw.conversations.changes import Forgotten, put_changes
from polyai_assets.raw.conversations.decisions import reaches_back, read_decisions
from polyai_assets.raw.conversations.erased import Erased
from polyai_assets.raw.conversations.judge import find_doubts, proof_of_day
from polyai_assets.raw.conversations.kept import Kept
from polyai_assets.raw.conversations.merge import Merge
from polyai_assets.raw.conversations.request import Fetch
from polyai_assets.raw.conversations.settle import is_settled
from polyai_assets.raw.conversations.summary import Summary
from polyai_assets.raw.conversations.suspicion import (
    Decision,
    Doubt,
    FetchRefused,
    is_accepted,
)
from polyai_assets.raw.conversations.vanished import KEEP, VanishedPolicy
from polyai_assets.raw.dataset import Cleaning, DamagedRawFile
from polyai_assets.raw.disk import temporary_folder
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.retention_days import RAW
from polyai_assets.raw.store import CONVERSATION_FILES, RawStore
from polyai_assets.raw.windows import midnight

_MOST_NAMED = 10
_NEVER = datetime.min.replace(tzinfo=UTC)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitRules:
    """What a project's configuration says of its partitions.

    `settle_after` past its last end an unchanged partition is settled; `horizon` past its day's end the first
    fetch settles it. `max_open` is how long a conversation may be in progress. `keep_versions` is how many
    states of a partition are kept; `vanished` what is kept of conversations that the API returns no more. With
    `check_turns`, a day whose conversations have fewer turns than they announce is not complete.
    """

    settle_after: timedelta = timedelta(hours=2)
    horizon: timedelta = timedelta(days=3)
    max_open: timedelta = timedelta(hours=24)
    keep_versions: int = 10
    check_turns: bool = True
    vanished: VanishedPolicy = KEEP


def commit_day(store: RawStore, fetch: Fetch, day: date, rules: CommitRules) -> Certificate:
    """Merge a fetched day with what is kept, write its records and, last, their certificate.

    Records that are the same as before, and still there, get a new certificate and no second file. A fetch
    that started later and has committed meanwhile stays; its certificate is returned. A file that is damaged is
    replaced, by a fetch of the whole day. Where vanished conversations are to be forgotten, no earlier state stays,
    and no change of those that the day holds no more.

    Where the day was retired while it was fetched, its certificate stays; one retired before is fetched as a new one.

    Raises FetchRefused when the fetch is not believed, with the refusal, and DamagedRawFile when it fetched a part of
    a day whose file is damaged; then nothing is changed.
    """
    partition = Partition(fetch.request.project, day)

    def build(current: Certificate | None) -> tuple[Certificate, Cleaning | None]:
        if current is not None and current.fetch_started_at > fetch.started_at:
            return current, None
        if current is not None and current.is_retired:
            if fetch.started_at < current.retired[RAW]:
                return current, None  # its records would be back
            current = None
        return _build(store, fetch, partition, rules, current)

    return CONVERSATION_FILES.commit(store, partition, build)


def _build(
    store: RawStore, fetch: Fetch, partition: Partition, rules: CommitRules, current: Certificate | None
) -> tuple[Certificate, Cleaning]:
    """Build the certificate of a fetched day on top of what is current, and write its files."""
    day = partition.date
    decisions = read_decisions(store, partition)
    until = rules.vanished.forget_until(decisions.forget_vanished_until, fetch.started_at)
    with ExitStack() as opened:
        kept = Kept.open(store, current, opened)
        if kept.damage is not None and not fetch.request.is_whole:
            raise kept.damage
        path = opened.enter_context(temporary_folder()) / "records.parquet"
        erased = Erased.among(store, partition.project, kept.rows["identity"], fetch.entries[day])
        merge = Merge(kept, fetch, day, until, erased.names, keeps_text=rules.vanished.keeps_text)
        summary = merge.write(path)
        turns = summary.turns()
        tolerated = not rules.check_turns or is_accepted(
            Doubt.TURNS, turns.conversations_short, decisions.accepted
        )
        turns = replace(turns, tolerated=tolerated)
        for refusal in find_doubts(fetch, day, current, kept, merge, summary):
            if not is_accepted(refusal.doubt, refusal.extent, decisions.accepted):
                raise FetchRefused(refusal)
        certificate = _certificate(fetch, day, current, merge, summary, turns, rules, decisions.accepted)
        certificate = erased.counted(certificate, current, merge.erased)
        versions = current.versions if current else []
        if current and current.records_sha256 == summary.records_sha256 and kept.damage is None:
            file, changed = current.file, []
        else:
            if current and kept.damage is not None:
                log.warning("%s", _replaced(kept.damage, merge))
                versions = [version for version in versions if version.file != current.file]
            file = CONVERSATION_FILES.put_file(store, partition, f"{fetch.id}.parquet", path)
            versions = [*versions, Version(fetch.id, file)]
            changed = merge.changes()
        forgotten = None
        decided = decisions.forget_vanished_until
        if current and (reaches_back(decided, current.fetch_started_at) or merge.removes(erased.names)):
            names = merge.forgotten | merge.textless | erased.names
            forgotten = Forgotten(until or _NEVER, names, merge.held)
            versions = versions[-1:]
        changes, lost = put_changes(store, certificate, current, changed, forgotten)
    certificate = replace(
        certificate,
        file=file,
        versions=versions[-rules.keep_versions :],
        changes=changes,
        changes_lost=lost,
    )
    return certificate, Cleaning(fetch.finished_at, decided)


def _replaced(damage: DamagedRawFile, merge: Merge) -> str:
    """Say that a damaged file was replaced, and what is lost with it."""
    replaced = f"{damage.found}: replaced by what was fetched now"
    if not merge.lost:
        return f"{replaced}, and by what an earlier state of the day holds" if len(merge.keep) else replaced
    names = sorted(merge.lost)
    more = f" and {len(names) - _MOST_NAMED:,} more" if len(names) > _MOST_NAMED else ""
    return f"{replaced}. Lost are records of vanished conversations: {', '.join(names[:_MOST_NAMED])}{more}"


def _certificate(
    fetch: Fetch,
    day: date,
    current: Certificate | None,
    merge: Merge,
    summary: Summary,
    turns: TurnCount,
    rules: CommitRules,
    accepted: list[Decision],
) -> Certificate:
    whole = fetch.request.is_whole or current is None
    walks = [walk for walk in fetch.walks if _touches(walk, day)]
    open_since = fetch.started_at - rules.max_open
    certificate = Certificate(
        project=fetch.request.project.key,
        date=day,
        fetch_id=fetch.id,
        fetch_started_at=fetch.started_at,
        fetch_finished_at=fetch.finished_at,
        code_version=version("polyai-assets"),
        query=describe_query(
            fetch.request.query, fetch.request.client_envs, fetch.request.connection.api_version
        ),
        left_out=list(fetch.left_out),
        walks=walks if whole or current is None else [*current.walks, *walks],
        top_ups=0 if whole or current is None else current.top_ups + 1,
        rows=summary.rows,
        unreadable=summary.unreadable,
        added=merge.added,
        changed=len(merge.changed),
        moved=merge.moved,
        vanished=summary.vanished,
        in_progress=summary.in_progress,
        given_up=sorted(name for name, start in summary.in_progress.items() if start <= open_since),
        last_end=summary.last_end,
        turns=turns,
        proof=proof_of_day(fetch, day, current, merge.added, accepted),
        misfits=[*([] if whole or current is None else current.misfits), *fetch.misfits.get(day, [])],
        accepted=accepted,
        records_sha256=summary.records_sha256,
    )
    return replace(certificate, settled=is_settled(certificate, current, rules.settle_after, rules.horizon))


def _touches(walk: WalkLog, day: date) -> bool:
    return walk.start < midnight(day + timedelta(days=1)) and walk.end > midnight(day)
