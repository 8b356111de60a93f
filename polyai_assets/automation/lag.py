"""How far each target lags behind what is published, and when that is worth a word: pure functions.

Example, with `behind_after: 24h`: a day is published on Monday at 10:00, and its target does not answer. On Tuesday at
10:00 the target is behind, which is reported. On Wednesday it takes all days, which is reported, too.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from polyai_assets.delivery.due import ProjectDelivery


class Lag(msgspec.Struct, frozen=True):
    """What a target lacks of a project.

    No look since `began` found everything there. `oldest` is the first published of the days that it lacks, which it
    does since `since`; it is None where the target does not answer. `refused` are those of the `days` of which it keeps
    another version.
    """

    began: datetime
    since: datetime
    oldest: date | None = None
    days: int = 0
    refused: int = 0

    def is_behind(self, behind_after: timedelta, now: datetime) -> bool:
        """Tell whether it has lasted for longer than is allowed."""
        return now - self.since >= behind_after


def lags_found(known: Mapping[str, Lag], found: "Sequence[ProjectDelivery]", now: datetime) -> dict[str, Lag]:
    """Give the lags of projects, by their keys, by what a target has; those of which it has everything are left out.

    What was published long ago may be lacking for a short time: to a target, or a table, that was configured just now.
    """
    lags: dict[str, Lag] = {}
    for standing in found:
        if standing.due:
            project = standing.project.key
            began = known[project].began if project in known else now
            oldest = min((day.manifest for day in standing.due), key=lambda manifest: manifest.published_at)
            refused = sum(day.is_refused for day in standing.due)
            since = max(began, oldest.published_at)
            lags[project] = Lag(began, since, oldest.date, len(standing.due), refused)
    return lags


def lags_unseen(known: Mapping[str, Lag], published: Collection[str], now: datetime) -> dict[str, Lag]:
    """Give the lags in a target that does not answer; of `published` projects it may lack something by now."""
    return {**{project: Lag(now, now) for project in published}, **known}


def what_to_report(
    reported: Mapping[str, bool],
    lags: Mapping[str, Lag],
    projects: Collection[str],
    behind_after: timedelta,
    now: datetime,
) -> dict[str, bool]:
    """Say of which projects a target is, or is no longer, behind, where that was not reported before.

    Where nothing is known of what was reported, as after a lost cursor, a project that lags and is not behind yet may
    have been reported as behind, and nothing is said of it.
    """
    found: dict[str, bool] = {}
    for project in projects:
        lag = lags.get(project)
        is_behind = lag is not None and lag.is_behind(behind_after, now)
        is_known = project in reported
        if (is_known and reported[project] != is_behind) or (not is_known and (is_behind or lag is None)):
            found[project] = is_behind
    return found
