"""Makes the conversations of one project on one date, always the same ones."""

from bisect import bisect
from datetime import date
from functools import cache
from itertools import accumulate
from random import Random
from typing import NamedTuple, TypeVar

import msgspec

from polyai_assets.simulator.business import Business, Choices, load_business
from polyai_assets.simulator.dialogue import draw, hold
from polyai_assets.simulator.moments import SECOND, micros_of_date
from polyai_assets.simulator.projects import SimulatedProject
from polyai_assets.simulator.record import CALL, Setting, write
from polyai_assets.simulator.served import IncludedDetails

HOUR = 3600 * SECOND
ENVIRONMENTS = Choices(("live", "sandbox", "pre-release"), (94, 98, 100))
_ENCODER = msgspec.json.Encoder()
T = TypeVar("T")


class ServedConversation(NamedTuple):
    """One conversation as it is served; what can be asked for stands beside the ready JSON.

    Moments are microseconds since 1970. `ended` is None for a record that a test gave: it is served byte for
    byte, whatever the clock says, and `in_progress` is what it says itself. `is_full` bodies hold every detail
    and are cut down to those asked for; the others are ready.
    """

    started: int
    id: str
    ended: int | None
    in_progress: bool
    environment: str
    channel: str
    variant_id: str
    variant_name: str
    body: bytes
    is_full: bool = False


def conversations_of(
    project: SimulatedProject, day: date, details: IncludedDetails, seed: int
) -> list[ServedConversation]:
    """Return the day's conversations, all of them finished, ascending by (started, id).

    They depend on the seed, the project, the date and its volume, and on nothing else.
    """
    business = load_business(project.business)
    random = _random_of(project, day, seed)
    return [
        _converse(project, business, day, started, details, random)
        for started in _starts(project, business, day, random)
    ]


@cache
def volume_on(project: SimulatedProject, day: date, seed: int) -> int:
    """Return how many conversations `conversations_of` returns, without making them."""
    return _volume(project, load_business(project.business), day, _random_of(project, day, seed))


def _random_of(project: SimulatedProject, day: date, seed: int) -> Random:
    return Random(f"{seed} {project.key} {day}")  # noqa: S311 - repeatable on purpose, nothing is secret here


def _converse(
    project: SimulatedProject,
    business: Business,
    day: date,
    started: int,
    details: IncludedDetails,
    random: Random,
) -> ServedConversation:
    channel = _choose(business.channels, random)
    language, story = _choose(business.stories[channel], random)
    variants, environments = business.settings.variants, ENVIRONMENTS
    variant_id, variant_name = variants[int(random.random() * len(variants))]
    environment = "live" if project.steady else _choose(environments, random)
    values = draw(business.slots_of[language.code, story.name], language, day, random)
    values.spoken["site"] = values.english["site"] = variant_name
    dialogue = hold(business, language, story, values, is_call=channel == CALL, random=random)
    setting = Setting(
        project, business, language, story, channel, environment, variant_id, variant_name, details
    )
    record, ended = write(setting, dialogue, values, started, random)
    return ServedConversation(
        started=started,
        id=record["id"],
        ended=ended,
        in_progress=False,
        environment=environment,
        channel=channel,
        variant_id=variant_id,
        variant_name=variant_name,
        body=_ENCODER.encode(record),
    )


def _choose(choices: Choices[T], random: Random) -> T:
    return choices.items[bisect(choices.cumulative, random.random() * choices.cumulative[-1])]


def _starts(project: SimulatedProject, business: Business, day: date, random: Random) -> list[int]:
    rhythm, midnight = business.settings, micros_of_date(day)
    count = _volume(project, business, day, random)
    # hours are local to the business, dates are UTC
    hours = [rhythm.hours[(hour + rhythm.utc_offset_hours) % 24] for hour in range(24)]
    chosen = random.choices(range(24), cum_weights=list(accumulate(hours)), k=count)
    return sorted(midnight + hour * HOUR + int(random.random() * HOUR) for hour in chosen)


def _volume(project: SimulatedProject, business: Business, day: date, random: Random) -> int:
    rhythm = business.settings
    if day < project.since:
        return 0
    if project.steady:
        return project.conversations_per_day
    if day.weekday() in rhythm.closed_weekdays or f"{day:%m-%d}" in rhythm.closed_dates:
        return 0
    mean = project.conversations_per_day * rhythm.weekdays[day.weekday()] * 7 / sum(rhythm.weekdays)
    return round(mean * (0.85 + 0.3 * random.random()))
