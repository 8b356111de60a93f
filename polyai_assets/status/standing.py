"""How each project stands: what the raw store and its index of unsettled days say, for people and for a check."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from polyai_assets.assets.requests import query_of
from polyai_assets.automation.decide import is_given_up, next_attempt
from polyai_assets.configuration import PlatformConfig, ProjectConfig
from polyai_assets.machine.secrets import masked
from polyai_assets.raw.certificate import Certificate, CertificateUnreadable
from polyai_assets.raw.settle import State, Unsettled
from polyai_assets.raw.store import RawStore
from polyai_assets.raw.unsettled import read_unsettled, rebuild

LOOK_BACK = 31
"""Days whose certificates are read."""

_GRACE = timedelta(hours=6)
"""How long after midnight UTC yesterday may still be missing: the nightly refresh comes after two."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectStatus:
    """How a project stands.

    `last_complete` is its newest day that is over and complete, of those whose certificates are read; `last_fetch` may
    be of an older day, where none of these was fetched; `proof` says how far its newest day that is over is
    proven, and `unproven` are the days that could not be; `stale` are the days that were fetched with other
    filters than are configured now; `next_look` is when something is due by itself. `never_fetched` are days between
    others, which nobody may have asked for: no problem.
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
    problems: Sequence[str]


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
    certificates, problems = _certificates(store, config, fetched)
    older = [] if certificates else _older(store, config, [day for day in known if day < first])
    complete = [one.date for one in certificates if one.is_complete]
    over = [one for one in certificates if not one.is_provisional]
    unproven = [one for one in over if one.proof is not None and one.proof.is_failing]
    red = [day for day in days if day.state is State.RED]
    running = [start for day in days for start in day.running.values()]
    last_complete = max(complete, default=None)
    stale = _stale(certificates, config)
    return ProjectStatus(
        project=config.project.key,
        last_complete=last_complete,
        last_fetch=max((one.fetch_finished_at for one in certificates or older), default=None),
        unsettled=len(days),
        oldest_open=min(running, default=None),
        red=red,
        stale=stale,
        proof=max(over, key=lambda one: one.date).proof_summary if over else "",
        unproven=[one.date for one in unproven],
        next_look=min((at for day in days if (at := _due(day, config, now))), default=None),
        never_fetched=_never_fetched([*fetched, *(day.date for day in days)], last_complete),
        problems=[
            masked(problem)  # a note may be older than a secret
            for problem in (
                *_behind(last_complete, certificates, older, first, now),
                *_problems(red, running, stale, config, now),
                *problems,
                *_unproven(unproven),
            )
        ],
    )


def _stale(certificates: Sequence[Certificate], config: ProjectConfig) -> list[date]:
    """Find days that were fetched with other filters, or without details that the API gives by now."""
    newest = max(certificates, key=lambda one: one.fetch_started_at, default=None)
    refused = set(newest.left_out) if newest else set()
    query = query_of(config)
    return [one.date for one in certificates if one.query != query or set(one.left_out) - refused]


def _certificates(
    store: RawStore, config: ProjectConfig, days: Sequence[date]
) -> tuple[list[Certificate], list[str]]:
    """Read the certificates of days; and what is wrong with them, a damaged one too."""
    found: list[Certificate] = []
    problems: list[str] = []
    for day in days:
        try:
            certificate = store.certificate(config.project, day)
        except CertificateUnreadable as error:
            problems.append(str(error))
            continue
        if certificate is not None:
            found.append(certificate)
            problems += [f"{day} is not complete: {problem}" for problem in certificate.problems()]
    return found, problems


def _unproven(certificates: Sequence[Certificate]) -> list[str]:
    """Tell of days that could not be proven, those with the same cause together."""
    causes: dict[str, list[date]] = {}
    for one in certificates:
        if one.proof is not None:
            causes.setdefault(one.proof.advice, []).append(one.date)
    return [f"{named(days)} {'is' if len(days) == 1 else 'are'} {cause}" for cause, days in causes.items()]


def named(days: Sequence[date]) -> str:
    """Name days: the one, or the first, the last and how many."""
    return str(days[0]) if len(days) == 1 else f"{days[0]} to {days[-1]} ({len(days)} days)"


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


def _behind(
    last_complete: date | None,
    certificates: Sequence[Certificate],
    older: Sequence[Certificate],
    first: date,
    now: datetime,
) -> list[str]:
    """Tell how far a project's complete days are behind, and of which days that is said."""
    due = (now - _GRACE).date() - timedelta(days=1)
    if last_complete is not None:
        late = (due - last_complete).days
        return [f"the last complete day is {last_complete}, {late} days behind"] if late > 0 else []
    if certificates or not older:
        return ["no day that is over is complete"]
    fetched_at = max(one.fetch_finished_at for one in older)
    complete = max((one.date for one in older if one.is_complete), default=None)
    return [
        f"no day of the last {(now.date() - first).days} days was fetched: materialize them; "
        f"last fetch {fetched_at:%Y-%m-%d %H:%M} UTC, newest complete day {complete or 'none'}"
    ]


def _problems(
    red: Sequence[Unsettled],
    running: Sequence[datetime],
    stale: Sequence[date],
    config: ProjectConfig,
    now: datetime,
) -> list[str]:
    problems = []
    problems += _told_by_cause(red)
    overdue = [start for start in running if now - start >= timedelta(hours=config.max_open_hours)]
    if overdue:
        problems.append(
            f"{len(overdue)} conversations have been in progress since {min(overdue):%Y-%m-%d %H:%M} UTC"
        )
    if stale:
        problems.append(
            f"{len(stale)} days since {min(stale)} were fetched with other filters than are configured now: "
            "materialize them again"
        )
    return problems


def _told_by_cause(red: Sequence[Unsettled]) -> list[str]:
    """Tell red days, those with the same cause together."""
    causes: dict[tuple[str, bool], list[Unsettled]] = {}
    for day in sorted(red, key=lambda one: one.date):
        causes.setdefault((day.problem, is_given_up(day)), []).append(day)
    told = []
    for (problem, given_up), days in causes.items():
        since = f"{min(day.since for day in days):%Y-%m-%d %H:%M} UTC"
        ending = " (no longer tried by itself: materialize it)" if given_up else ""
        shown = named([day.date for day in days])
        verb = "is" if len(days) == 1 else "are"
        told.append(f"{shown} {verb} red since {since}{ending}: {problem}")
    return told
