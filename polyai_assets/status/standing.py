"""How each project stands: what the raw store and its index of unsettled days say, for people and for a check."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from polyai_assets.assets.requests import query_of
from polyai_assets.automation.decide import next_attempt
from polyai_assets.configuration import PlatformConfig, ProjectConfig
from polyai_assets.machine.secrets import masked
from polyai_assets.raw.conversations.certificate import Certificate
from polyai_assets.raw.conversations.settle import State, Unsettled
from polyai_assets.raw.conversations.unsettled import read_unsettled, rebuild
from polyai_assets.raw.dataset import CertificateUnreadable
from polyai_assets.raw.kept_from import read_kept_from
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.retention_days import AUDIO, FACTS, RAW, TEXT
from polyai_assets.raw.store import RawStore
from polyai_assets.status import problem
from polyai_assets.status.problem import CURRENT, UNREADABLE, StatusProblem

LOOK_BACK = 31
"""Days whose certificates are read."""

_GRACE = timedelta(hours=6)
"""How long after midnight UTC yesterday may still be missing: the nightly refresh comes after two."""


_REMOVED_WITHIN = timedelta(days=2)
"""How long after its time something may still be there: the schedule daily_retention comes once a day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectStatus:
    """How a project stands.

    `last_complete` is its newest day that is over and complete, of those whose certificates are read; `last_fetch` may
    be of an older day, where none of these was fetched; `proof` says how far its newest day that is over is
    proven, and `unproven` are the days that could not be; `stale` are the days that were fetched with other
    filters than are configured now; `provisional` are those that were fetched before they were over. `next_look` is
    when something is due by itself. `never_fetched` are days between others, which may never have been asked for: no
    problem. `kept_from` is the first day of which each layer is kept, where something was retired. `causes` are what
    needs a person, the worst first; empty where the project is current.
    """

    project: str
    last_complete: date | None
    last_fetch: datetime | None
    unsettled: int
    oldest_open: datetime | None
    red: Sequence[Unsettled]
    stale: Sequence[date]
    proof: str
    unproven: Sequence[date]
    next_look: datetime | None
    never_fetched: Sequence[date]
    provisional: Sequence[date]
    kept_from: Mapping[str, date]
    causes: Sequence[StatusProblem]

    @property
    def problems(self) -> list[str]:
        """What needs a person, in a sentence each."""
        return [cause.says for cause in self.causes]

    @property
    def word(self) -> str:
        """How it stands, in a word: the worst that is to be said of it."""
        return self.causes[0].word if self.causes else CURRENT


def rebuild_index(platform: PlatformConfig, now: datetime) -> int:
    """Make the index of unsettled days again from the certificates; returns how many days are unsettled."""
    store = RawStore(platform.raw_store)
    return sum(rebuild(store, config.project, config.settle_after, now) for config in platform.projects)


def project_statuses(
    platform: PlatformConfig, now: datetime, look_back: int = LOOK_BACK
) -> list[ProjectStatus]:
    """Find out how every project of a platform stands."""
    store = RawStore(platform.raw_store)
    index = read_unsettled(store)
    return [
        project_status(
            store,
            config,
            [day for day in index if day.project == config.project.key],
            now,
            platform.start_date,
            look_back,
        )
        for config in platform.projects
    ]


def project_status(
    store: RawStore,
    config: ProjectConfig,
    days: Sequence[Unsettled],
    now: datetime,
    start_date: date,
    look_back: int = LOOK_BACK,
) -> ProjectStatus:
    """Find out how a project stands; `days` are its days that are not settled."""
    first = max(start_date, now.date() - timedelta(days=look_back))
    known = store.days(config.project)
    fetched = [day for day in known if first <= day <= now.date()]
    certificates, unreadable = _certificates(store, config, fetched)
    older = [] if certificates else _older(store, config, [day for day in known if day < first])
    complete = [certificate.date for certificate in certificates if certificate.is_complete]
    current = [certificate for certificate in certificates if not certificate.is_retired]
    over = [certificate for certificate in current if not certificate.is_provisional]
    unproven = [
        certificate for certificate in over if certificate.proof is not None and certificate.proof.is_failing
    ]
    red = [day for day in days if day.state is State.RED]
    running = [start for day in days for start in day.running.values()]
    last_complete = max(complete, default=None)
    stale = _stale(current, config)
    kept_from = read_kept_from(store, config.project)
    key = config.project.key
    return ProjectStatus(
        project=key,
        last_complete=last_complete,
        last_fetch=max(
            (certificate.fetch_finished_at for certificate in certificates or older), default=None
        ),
        unsettled=len(days),
        oldest_open=min(running, default=None),
        red=red,
        stale=stale,
        proof=max(over, key=lambda certificate: certificate.date).proof_summary if over else "",
        unproven=[certificate.date for certificate in unproven],
        next_look=min((at for day in days if (at := _due(day, config, now))), default=None),
        never_fetched=_never_fetched([*fetched, *(day.date for day in days)], last_complete),
        provisional=[certificate.date for certificate in current if certificate.is_provisional],
        kept_from=kept_from,
        causes=[
            replace(cause, says=masked(cause.says))  # a note may be older than a secret
            for cause in (
                *problem.red_days(key, red),
                *problem.behind(key, last_complete, certificates, older, first, _last_due(now), now.date()),
                *(lack for certificate in current for lack in problem.incomplete_day(key, certificate)),
                *problem.unproven_days(key, unproven),
                *problem.stale_days(key, stale),
                *problem.overdue_conversations(key, running, timedelta(hours=config.max_open_hours), now),
                *unreadable,
                *problem.kept_too_long(_overdue_layers(config, known, kept_from, now.date())),
            )
        ],
    )


def _stale(certificates: Sequence[Certificate], config: ProjectConfig) -> list[date]:
    """Find days that were fetched with other filters, or without details that the API gives by now."""
    newest = max(certificates, key=lambda certificate: certificate.fetch_started_at, default=None)
    refused = set(newest.left_out) if newest else set()
    query = query_of(config)
    return [
        certificate.date
        for certificate in certificates
        if certificate.query != query or set(certificate.left_out) - refused
    ]


def _certificates(
    store: RawStore, config: ProjectConfig, days: Sequence[date]
) -> tuple[list[Certificate], list[StatusProblem]]:
    """Read the certificates of days; and which cannot be read."""
    found: list[Certificate] = []
    unreadable: list[StatusProblem] = []
    for day in days:
        try:
            certificate = store.certificate(Partition(config.project, day))
        except CertificateUnreadable as error:
            unreadable.append(StatusProblem(word=UNREADABLE, count=1, says=str(error)))
            continue
        if certificate is not None:
            found.append(certificate)
    return found, unreadable


def _overdue_layers(
    config: ProjectConfig, known: Sequence[date], kept_from: Mapping[str, date], today: date
) -> dict[str, date]:
    """Find the layers of which days are kept that should have been removed for a while, with the first day to keep."""
    overdue = {}
    for layer in (RAW, TEXT, AUDIO, FACTS):
        first = config.retention.first_kept(layer, today - _REMOVED_WITHIN)
        is_old = first is not None and any(day < first for day in known)
        if first is not None and is_old and kept_from.get(layer, date.min) < first:
            overdue[layer] = first
    return overdue


def _last_due(now: datetime) -> date:
    """Give the last day that has to be complete by now."""
    return (now - _GRACE).date() - timedelta(days=1)


def _never_fetched(known: Sequence[date], last_complete: date | None) -> list[date]:
    """Find days that were never fetched although days before and after them were."""
    if last_complete is None:
        return []
    first = min(known)
    between = {first + timedelta(days=n) for n in range((last_complete - first).days)}
    return sorted(between - set(known))


def _due(day: Unsettled, config: ProjectConfig, now: datetime) -> datetime | None:
    if day.state is State.RED:
        return next_attempt(day)
    if day.running or day.state is State.FETCHING:
        return now
    if day.state is State.OPEN and day.fetched_at is not None:
        return day.fetched_at + config.top_up_every
    return day.look_again_at


def _older(store: RawStore, config: ProjectConfig, days: Sequence[date]) -> list[Certificate]:
    """Read the certificates of the newest of these days; what is wrong with days that old is another matter."""
    certificates, _ = _certificates(store, config, days[-LOOK_BACK:])
    return certificates
