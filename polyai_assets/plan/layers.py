"""What each layer of the platform makes of a project's conversations: calls, time, bytes."""

from math import ceil

import msgspec

from polyai_assets.api.page_size import HEAVY
from polyai_assets.api.versions import API_VERSIONS
from polyai_assets.configuration import ProjectConfig
from polyai_assets.plan.estimate import NOTHING, Estimate
from polyai_assets.plan.facts import Facts, calls_among
from polyai_assets.plan.recordings import Weights
from polyai_assets.raw.details.ask import AT_ONCE as DETAILS_AT_ONCE
from polyai_assets.raw.recordings.fetch_recordings import AT_ONCE as RECORDINGS_AT_ONCE

RAW_STORE, TABLES, DETAILS, AUDIO = "raw store", "tables", "details", "audio"
SEARCHES = "searches, samples"

_CERTIFICATE = 1700  # bytes
_PAGE_IN_CERTIFICATE = 190
_PAGE_GROWTH = Estimate(0, 2, 5)  # of each walk: small pages before the size has grown, and the last one
_SPOOLING = Estimate(1 / 40_000, 1 / 20_000, 1 / 8_000)  # seconds to cut one out of its page and to keep it
_DAY = Estimate(0.2, 0.35, 1.0)  # seconds to load and to book a day in Dagster
_CONVERSATION = Estimate(1 / 10_000, 1 / 5_000, 1 / 2_000)  # seconds to validate and to load one
_TABLES_TO_RAW = Estimate(1.3, 2.1, 3.3)  # DuckDB's file against the compressed records
_EMPTY_TABLES = Estimate(0, 6.5e6, 9e6)
_BUSY_SERVER = Estimate(1, 1.2, 4)  # times as long as if calls made at the same time did not slow each other
_SEARCH = Estimate(1, 2, 10)  # times as long as a call of the list
_PAGES_OF_A_SEARCH = Estimate(1, 1.2, 2)


class Layer(msgspec.Struct, frozen=True, kw_only=True):
    """What a layer takes. Times are seconds, sizes bytes; one that is not switched on is no part of totals."""

    name: str
    switched_on: bool = True
    items: Estimate
    calls: Estimate
    seconds: Estimate
    received_bytes: Estimate = NOTHING
    stored_bytes: Estimate


def raw_store(config: ProjectConfig, facts: Facts, days_per_run: int | None) -> Layer:
    """Fetch everything: pages as long as they may be, in parallel windows, with the proofs of their counts."""
    runs = ceil(facts.days / (days_per_run or facts.days))
    walks = config.parallel_windows * len(config.client_env) * runs
    limit = config.page_size or _adapted(config, facts)
    pages = (facts.conversations * (1 / limit)).at_least(walks)
    if config.page_size is None and facts.conversations.likely > 100:
        pages += _PAGE_GROWTH * (config.parallel_windows * runs)
    calls = pages + _proofs(config, pages, runs)
    one_after_another = calls * facts.seconds_of_a_call + facts.conversations * facts.seconds_of_a_record
    parallel = config.parallel_windows
    seconds = (one_after_another * (1 / parallel)).between(0.5, 2 * parallel)  # a busy server gains nothing
    sent = facts.conversations * facts.bytes_sent
    certificates = facts.days * (_CERTIFICATE + _PAGE_IN_CERTIFICATE * pages.likely / walks)
    return Layer(
        name=RAW_STORE,
        items=facts.conversations,
        calls=calls,
        seconds=seconds.at_least(calls.low / config.requests_per_second) + facts.conversations * _SPOOLING,
        received_bytes=sent,
        stored_bytes=(sent * facts.share_kept).between(0.8, 1.1) + Estimate.exactly(certificates),
    )


def _proofs(config: ProjectConfig, pages: Estimate, runs: int) -> Estimate:
    """Two small calls a run by offset; or a second walk: pages a third smaller, and one more window."""
    each = float(len(config.client_env) * runs)
    match config.verify:
        case "offset":
            return Estimate.exactly(2 * each)
        case "rewalk":
            return pages * 1.5 + Estimate.exactly(each)
        case "off":
            return NOTHING


def tables(raw: Layer, facts: Facts) -> Layer:
    """Load the tables, which asks the API for nothing."""
    return Layer(
        name=TABLES,
        items=facts.conversations,
        calls=NOTHING,
        seconds=_DAY * facts.days + facts.conversations * _CONVERSATION,
        stored_bytes=raw.stored_bytes * _TABLES_TO_RAW + _EMPTY_TABLES,
    )


def details(config: ProjectConfig, facts: Facts, weights: Weights, *, switched_on: bool) -> Layer:
    """Ask for the detail of every conversation, one by one."""
    received = facts.conversations * weights.detail_bytes
    return Layer(
        name=DETAILS,
        switched_on=switched_on,
        items=facts.conversations,
        calls=facts.conversations,
        seconds=_parallel(
            config, facts.conversations, facts.conversations * weights.seconds_of_a_call, DETAILS_AT_ONCE
        ),
        received_bytes=received,
        stored_bytes=received * facts.share_kept * (_TABLES_TO_RAW + Estimate.exactly(1)),
    )


def audio(config: ProjectConfig, facts: Facts, weights: Weights) -> Layer:
    """Fetch the recordings of calls; of all calls, to show what they would take, where none are asked for."""
    wanted = config.audio
    calls = calls_among(facts.talks, handed_off=wanted.calls == "handoffs")
    recordings = facts.conversations * calls.share * len(wanted.direction)
    size = recordings * calls.seconds * weights.wav_bytes
    return Layer(
        name=AUDIO,
        switched_on=wanted.calls != "none",
        items=recordings,
        calls=recordings,
        seconds=_parallel(
            config,
            recordings,
            recordings * weights.seconds_of_a_call + size * weights.seconds_of_a_byte,
            RECORDINGS_AT_ONCE,
        ),
        received_bytes=size,
        stored_bytes=size,
    )


def searches(config: ProjectConfig, facts: Facts) -> Layer | None:
    """Run saved searches and draw samples, day by day; None if there are none."""
    days = float(facts.days * len(config.client_env))
    calls = _PAGES_OF_A_SEARCH * (days * len(config.searches)) + Estimate.exactly(
        days if config.samples else 0
    )
    if calls == NOTHING:
        return None
    return Layer(
        name=SEARCHES,
        items=NOTHING,
        calls=calls,
        seconds=calls * _SEARCH * facts.seconds_of_a_call,
        stored_bytes=NOTHING,
    )


def _parallel(config: ProjectConfig, calls: Estimate, seconds: Estimate, at_once: int) -> Estimate:
    """Say how long calls take that are made several at once, but no faster than the project may be asked."""
    slowest = calls * (1 / config.requests_per_second)
    parallel = seconds * _BUSY_SERVER * (1 / at_once)
    return Estimate(
        max(parallel.low, slowest.low),
        max(parallel.likely, slowest.likely),
        max(parallel.high, slowest.high),
    )


def _adapted(config: ProjectConfig, facts: Facts) -> int:
    """Say how long pages grow: to as many conversations as are not too heavy, and as the API gives."""
    longest = API_VERSIONS[config.api_version].max_limit
    return max(1, min(longest, int(HEAVY / max(facts.bytes_sent.likely, 1))))
