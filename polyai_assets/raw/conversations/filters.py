"""Whether records fit what a walk asked for, as far as their own fields tell.

The documents of the API name different parameters. A server that does not know a filter passes over it, answers 200
and returns other records too. Filters and records are spelled differently: `voice` finds `VOICE-SIP`, `chat` may find
every kind of text. What a record does not say, or says in a word that we do not know, is not held against it.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from polyai_assets.api.query import CLIENT_ENVS
from polyai_assets.api.record import Record

CLIENT_ENV, CHANNEL, VARIANT, TIME, ZONE = "client_env", "channel", "variant", "start_time, end_time", "zone"
"""What a record may not fit; ZONE is a start without a time zone: whether that fits is not known."""

_HAS_ZONE = re.compile(r"(?:[A-Za-z]|[T ].*[+-][0-9]{2}(?::?[0-9]{2}){0,2})$")
_TEXT_CHANNELS = frozenset({"chat", "webchat", "sms", "rcs"})
_EXACT_CHANNELS = frozenset({"sms", "rcs"})
_ROUNDED = timedelta(seconds=1)
"""How far a start may lie beyond what was asked for: it may be written without fractions."""

MOST_NAMED = 10


class Misfit(msgspec.Struct, frozen=True):
    """Records of a day that do not fit a filter: how many, some of their ids, and whether it is evidently ignored."""

    filter: str
    count: int
    names: list[str]
    ignored: bool = False

    @property
    def explanation(self) -> str:
        """Say what is wrong, and of which conversations."""
        more = f" and {self.count - len(self.names):,} more" if self.count > len(self.names) else ""
        return f"{_WORDS[self.filter].format(count=counted(self.count))} ({', '.join(self.names)}{more})"


SHARED = "environments"
"""An id that came from more than one environment: of these records only that of the first one is kept."""

_WORDS = {
    CLIENT_ENV: "{count} came from another environment than was asked for",
    CHANNEL: "{count} came from channels that were not asked for",
    VARIANT: "{count} came from another variant than was asked for",
    TIME: "{count} began outside of the start_time and end_time that were asked for",
    ZONE: "{count} have a start without a time zone, so that it is not known which belong to the day",
    SHARED: "{count} came from more than one environment under one id, and only the first one is kept",
}


def ignored_filters(misfits: Sequence[Misfit]) -> str:
    """Say which filters a server ignores, and what to do."""
    names = ", ".join(misfit.filter for misfit in misfits)
    causes = "; ".join(misfit.explanation for misfit in misfits)
    return (
        f"the API evidently ignores {names}: {causes}. Ask PolyAI why, or take the option out of the project if all "
        "conversations are wanted"
    )


def counted(number: int) -> str:
    """Give a number of conversations in words."""
    return "1 conversation" if number == 1 else f"{number:,} conversations"


class Filters:
    """What a walk asked for; `asks` as `Spool.open_walk` takes it, of which nothing has to be there."""

    def __init__(self, asks: Mapping[str, Any]) -> None:
        query: Mapping[str, Any] = asks.get("query") or {}
        self._env = query.get("client_env")
        self._channels = frozenset(channel.casefold() for channel in query.get("channels") or ())
        self._variant_id, self._variant_name = query.get("variant_id"), query.get("variant_name")
        start, end = query.get("start_time"), query.get("end_time")
        self._first: datetime | None = start - _ROUNDED if isinstance(start, datetime) else None
        self._last: datetime | None = end + _ROUNDED if isinstance(end, datetime) else None
        self._zone_is_utc = asks.get("api_version") == "v1"

    def misfits(self, record: Record, started_at: datetime | None) -> list[str]:
        """Name what a record that began at `started_at` does not fit; nearly always nothing."""
        found = []
        if self._env is not None and record.environment != self._env and self._is_of_other_env(record):
            found.append(CLIENT_ENV)
        if self._channels and _is_of_other_channel(record.channel, self._channels):
            found.append(CHANNEL)
        if _differ(self._variant_id, record.variant_id) or _differ(self._variant_name, record.variant_name):
            found.append(VARIANT)
        if started_at is None:
            return found
        # v1 is known to write times without a zone. We assume UTC; where that is wrong, some lie beyond the window.
        if not (self._zone_is_utc or _has_zone(record.started_at or "")):
            found.append(ZONE)
        elif (self._first and started_at < self._first) or (self._last and started_at > self._last):
            found.append(TIME)
        return found

    def _is_of_other_env(self, record: Record) -> bool:
        """Tell whether a record is of another environment that can be asked for; `test` and the like are of any."""
        env = (record.environment or "").strip().casefold().replace("_", "-")
        return env != self._env and env in CLIENT_ENVS


def _has_zone(text: str) -> bool:
    return text.endswith("Z") or _HAS_ZONE.search(text) is not None


def _is_of_other_channel(channel: str | None, wanted: frozenset[str]) -> bool:
    """Tell whether a channel is certainly none of those that are wanted."""
    found = (channel or "").strip().casefold()
    if found in wanted or not (_is_voice(found) or found in _TEXT_CHANNELS):
        return False
    if any(not _is_voice(channel) and channel not in _TEXT_CHANNELS for channel in wanted):
        return False
    if _is_voice(found):
        return not any(map(_is_voice, wanted))
    return wanted <= _EXACT_CHANNELS or not wanted & _TEXT_CHANNELS


def _is_voice(channel: str) -> bool:
    return channel.startswith("voice")


def _differ(wanted: str | None, found: str | None) -> bool:
    """Tell whether a variant is another one; ids may have a prefix, and names differ in case."""
    if wanted is None or not found:
        return False
    first, second = (text.strip().casefold().removeprefix("variant-") for text in (wanted, found))
    return first != second
