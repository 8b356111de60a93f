"""What the Agents API answers about one conversation: its detail, its audio, an annotation or a note made."""

import msgspec
from starlette.responses import JSONResponse, Response

from polyai_assets.simulator.agent_detail import detail_of
from polyai_assets.simulator.agent_request import Asked
from polyai_assets.simulator.answers import RECORDING_NOT_FOUND, Refused
from polyai_assets.simulator.fault_kinds import Stage
from polyai_assets.simulator.page import Page
from polyai_assets.simulator.wav import Direction, recording
from polyai_assets.simulator.writes import Annotation, AnnotationBody, Note, NoteBody


class AudioParameters(msgspec.Struct):
    """The parameters of a recording."""

    direction: Direction = "combined"
    redacted: bool = False


def detail(asked: Asked) -> Response:
    """Answer with the whole detail."""
    exchange, conversation = asked.exchange, asked.conversation
    body = msgspec.json.encode(detail_of(conversation, asked.note_of(conversation)))
    exchange.page = Page([conversation.entry._replace(body=body)], 1)
    asked.world.faults.strike(exchange, Stage.LISTED, 1)
    return Response(exchange.listed.entries[0].body, media_type="application/json")


def audio(asked: Asked) -> Response:
    """Answer with a WAV file. Raises Refused (404) where nothing was recorded."""
    wanted, conversation = asked.parameters(AudioParameters), asked.conversation
    if not conversation.has_recording:
        raise Refused(404, RECORDING_NOT_FOUND, f"Conversation {conversation.id} has no recording")
    seconds = conversation.record.get("total_duration")
    wav = recording(
        seconds if isinstance(seconds, int) else 0,
        wanted.direction,
        conversation.share("voice"),
        redacted=wanted.redacted or not conversation.project.pii_access,
        rate=asked.world.deployment.sample_rate,
    )
    return Response(wav, media_type="audio/wav")


def annotate(asked: Asked) -> Response:
    """Keep annotations, all or none of them. Raises Refused (422) for a turn that there is not."""
    conversation, content = asked.conversation, asked.content(AnnotationBody)
    for item in content.annotations:
        if item.turn_id >= len(conversation.turns):
            count = len(conversation.turns)
            raise Refused(
                422, "VALIDATION_ERROR", f"turnId {item.turn_id}: the conversation has {count} turns"
            )
    asked.world.writes.annotations += [
        Annotation(
            conversation.project.key,
            conversation.id,
            asked.now,
            item.turn_id,
            item.role,
            item.annotation_type,
        )
        for item in content.annotations
    ]
    return JSONResponse({"success": True}, 201)


def write_note(asked: Asked) -> Response:
    """Keep the note."""
    conversation, content = asked.conversation, asked.content(NoteBody)
    asked.world.writes.add_note(Note(conversation.project.key, conversation.id, asked.now, content.note))
    return JSONResponse({"success": True}, 201)
