"""What was written back: notes and annotations (source: API reference, *Add annotations* and *Upsert note*)."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec

Role = Literal["user", "agent"]
AnnotationType = Literal["missing_topic", "wrong_transcript", "wrong_info"]


class Note(msgspec.Struct, frozen=True):
    """One note as it was written; the newest one of a conversation is its note."""

    project: str
    conversation_id: str
    at: datetime
    note: str


class MadeAnnotation(msgspec.Struct, frozen=True):
    """One annotation of one side of one turn, which is counted from 0."""

    project: str
    conversation_id: str
    at: datetime
    turn_id: int
    role: Role
    annotation_type: AnnotationType


class NoteBody(msgspec.Struct):
    """The body of `POST …/note`."""

    note: str


class AnnotatedTurn(msgspec.Struct, rename="camel"):
    """One item of the body of `POST …/annotation`."""

    turn_id: Annotated[int, msgspec.Meta(ge=0)]
    role: Role
    annotation_type: AnnotationType


class AnnotationBody(msgspec.Struct):
    """The body of `POST …/annotation`."""

    annotations: Annotated[list[AnnotatedTurn], msgspec.Meta(min_length=1)]


class Writes:
    """All notes and annotations, the older first. Nothing is made one: what came twice is there twice."""

    def __init__(self) -> None:
        self.notes: list[Note] = []
        self.annotations: list[MadeAnnotation] = []
        self._newest: dict[tuple[str, str], str] = {}

    def add_note(self, note: Note) -> None:
        """Keep a note, which from now on is that of its conversation."""
        self.notes.append(note)
        self._newest[note.project, note.conversation_id] = note.note

    def note_of(self, project_key: str, conversation_id: str) -> str | None:
        """Return the note that a conversation has now."""
        return self._newest.get((project_key, conversation_id))

    def forget(self, project_key: str) -> None:
        """Forget what was written to a project."""
        self.notes = [note for note in self.notes if note.project != project_key]
        self.annotations = [made for made in self.annotations if made.project != project_key]
        self._newest = {place: note for place, note in self._newest.items() if place[0] != project_key}
