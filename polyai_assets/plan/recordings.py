"""What a detail and a recording weigh, and how fast they come: three calls to the Agents API."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from time import monotonic

from polyai_assets.api.agents.client import AgentsClient
from polyai_assets.api.errors import ConversationNotFound, PolyAIError, RecordingNotFound
from polyai_assets.configuration import ProjectConfig
from polyai_assets.plan.estimate import Estimate
from polyai_assets.plan.facts import Talk

MOST_CALLS = 3

_ASSUMED_DETAIL = Estimate(0.5, 1.5, 4.0)  # as heavy as so many records of the list
_ASSUMED_WAV = Estimate(
    8_000, 16_000, 32_000
)  # bytes a second: telephone sound in 8 or 16 bit, one or two voices
_ASSUMED_PACE = Estimate(1e-8, 1e-7, 5e-7)  # seconds a byte
_ENOUGH = 1_000_000  # bytes to time


@dataclass(frozen=True, kw_only=True)
class Weights:
    """Of the Agents API: seconds a call, bytes a detail, bytes a second of sound, seconds a byte of sound.

    `calls` were made for it. `unmeasured` says what could not be measured and why, '' if nothing.
    """

    seconds_of_a_call: Estimate
    detail_bytes: Estimate
    wav_bytes: Estimate = _ASSUMED_WAV
    seconds_of_a_byte: Estimate = _ASSUMED_PACE
    calls: int = 0
    unmeasured: str = ""


def assumed(bytes_each: Estimate, seconds_of_a_call: float) -> Weights:
    """Give what details and recordings usually weigh, where no call was made."""
    return Weights(
        seconds_of_a_call=Estimate(0.5, 1, 3) * seconds_of_a_call, detail_bytes=bytes_each * _ASSUMED_DETAIL
    )


def measured(config: ProjectConfig, talks: Sequence[Talk], weights: Weights) -> Weights:
    """Ask for a detail and, where audio is switched on, for up to two recordings; they improve on what is assumed."""
    calls = [talk for talk in talks if talk.is_call and isinstance(talk.id, str) and talk.seconds > 0]
    any_talk = next((talk for talk in talks if isinstance(talk.id, str)), None)
    if any_talk is None:
        return weights
    made = 0
    try:
        with AgentsClient(config.agents_connection().hasty(attempts=2, seconds=30.0)) as client:
            made += 1
            weights = _timed_detail(client, any_talk, weights)
            if config.wants_recordings:
                for call in sorted(calls, key=lambda talk: talk.seconds)[len(calls) // 2 :][:2]:
                    made += 1
                    try:
                        weights = _timed_recording(client, config, call, weights)
                        break
                    except (RecordingNotFound, ConversationNotFound):
                        continue
    except PolyAIError as error:
        return replace(
            weights, calls=made, unmeasured=f"details and audio are assumed, not measured: {error}"
        )
    return replace(weights, calls=made)


def _timed_detail(client: AgentsClient, talk: Talk, weights: Weights) -> Weights:
    began = monotonic()
    detail = client.get(talk.id)
    seconds = monotonic() - began
    return replace(
        weights,
        seconds_of_a_call=Estimate(0.3, 1, 2) * seconds,
        detail_bytes=Estimate(0.5, 1, 2) * len(detail),
    )


def _timed_recording(client: AgentsClient, config: ProjectConfig, call: Talk, weights: Weights) -> Weights:
    """Read the beginning of a recording; its length is announced, or else unknown."""
    began = monotonic()
    size = 0
    with client.audio(
        call.id, direction=config.audio.direction[0], redacted=config.audio.redacted
    ) as recording:
        for chunk in recording.chunks():
            size += len(chunk)
            if size >= _ENOUGH:
                break
        took = max(monotonic() - began - weights.seconds_of_a_call.likely, 1e-4)
        length = recording.length
    if length is None:
        return weights
    return replace(
        weights,
        wav_bytes=Estimate(0.7, 1, 1.3) * (length / call.seconds),
        seconds_of_a_byte=Estimate(0.3, 1, 3) * (took / max(size, 1)),
    )
