"""The certificate of a partition: what was asked, what came, and whether that was everything.

It lies beside the records as JSON, for a person and for a program to read. A partition counts as complete
because of what its certificate says, not because a run ended well.
"""

import hashlib
from collections import Counter
from datetime import date, datetime
from typing import Any

import msgspec

from polyai_assets.raw.conversations.filters import Misfit, counted
from polyai_assets.raw.conversations.proof import Proof, proof_in_words
from polyai_assets.raw.conversations.suspicion import Decision
from polyai_assets.raw.partition import Partitioned, RawFile
from polyai_assets.raw.retention_days import RAW


class PageLog(msgspec.Struct, frozen=True):
    """One page: how many records and bytes it had, the SHA-256 of its body, and the limit it was asked with."""

    rows: int
    bytes: int
    sha256: str
    limit: int


class WalkLog(msgspec.Struct, frozen=True):
    """One cursor walk over one window in one environment. `closed_by` is how the server said that it ended.

    `outside` counts the records that belong to no day that was asked for: windows reach a second over their
    ends. `duplicates` are the ids that came more than once within the walk. `number` is 1 for the walks of a fetch
    itself, 2 and more for those that walked its days again, cut differently, to prove that nothing is missing.
    `unknown` counts the pages that had a member beside their conversations that is not declared, by its name.
    """

    client_env: str
    start: datetime
    end: datetime
    pages: list[PageLog]
    closed_by: str | None
    outside: int
    duplicates: list[str]
    number: int = 1
    unknown: dict[str, int] = {}

    @property
    def has_small_pages(self) -> bool:
        """Whether pages by cursor held fewer records than were asked for, although more followed."""
        return self.closed_by == "null cursor" and any(page.rows < page.limit for page in self.pages[:-1])


class TurnCount(msgspec.Struct, frozen=True):
    """Whether the turns are all there: `len(turns)` against `num_turns` of every finished conversation.

    `transcripts` is "off" when no conversation of the day has any: where transcripts are switched off for a
    project, PolyAI sends `turns` as `[]` and keeps `num_turns` (its documentation of v3). `lost` are the conversations
    that have fewer, with both counts, up to a hundred of `conversations_short`; `tolerated`: the check is switched off,
    or a person has accepted it.
    """

    expected: int
    sent: int
    transcripts: str
    conversations_short: int
    lost: dict[str, tuple[int, int]]
    tolerated: bool = False

    @property
    def explanation(self) -> str:
        """Say in words what is missing; `lost` says of which conversations."""
        short = counted(self.conversations_short)
        return f"{short} came with fewer turns than announced ({self.sent:,} of {self.expected:,} turns)"


NO_FILE = RawFile("", 0, "")
"""Stands for the file until it is written."""


class Version(msgspec.Struct, frozen=True):
    """A state of the partition: its records, and the fetch that made it."""

    fetch_id: str
    file: RawFile


class Certificate(Partitioned, frozen=True, kw_only=True):
    """What is known of one partition of the raw store.

    `left_out` are details of the query that the API refused, so that the fetch came without them.
    `unreadable` counts the records without an id, or without a start on this day: they came with it, and are kept
    with it. `records_sha256` identifies the set of records by id and content, whatever file they lie in. `in_progress`
    maps the conversations that were still running to their starts; `given_up` are those among them that had
    been running for too long. `vanished` maps conversations that the API no longer returns to when that was
    found; their records are kept. `top_ups` counts the partial fetches since the last whole one. `proof` says whether
    it is proven that nothing is missing; None where that was not judged: its day was not over. `misfits` are
    records that do not fit what was asked for. `erased` counts the conversations that the API has and that are left
    out, since people had them erased; `tombstones` are their hashes. `versions` are the states of the partition that
    are kept, the current one last; `changes` the files that say what changed from one to the next; `changes_lost` are
    those that were found damaged or missing: of a damaged one, `<name>.damaged` beside it holds what is left.
    `retired` are the layers of which nothing is kept any more, and when they were removed; without raw records it names
    no conversation, and `file` and `changes` say what there was.
    """

    version: int = 2
    fetch_id: str
    fetch_started_at: datetime
    fetch_finished_at: datetime
    code_version: str
    query: dict[str, Any]
    left_out: list[str] = []
    walks: list[WalkLog]
    top_ups: int = 0
    rows: int
    unreadable: int
    added: int = 0
    changed: int = 0
    moved: dict[str, date] = {}
    vanished: dict[str, datetime] = {}
    in_progress: dict[str, datetime]
    given_up: list[str] = []
    last_end: datetime | None = None
    turns: TurnCount
    proof: Proof | None = None
    misfits: list[Misfit] = []
    accepted: list[Decision] = []
    erased: int = 0
    tombstones: list[str] = []
    settled: bool = False
    records_sha256: str
    file: RawFile = NO_FILE
    versions: list[Version] = []
    changes: list[RawFile] = []
    changes_lost: list[str] = []
    retired: dict[str, datetime] = {}

    @property
    def is_retired(self) -> bool:
        """Whether its raw records were removed, since they were kept for long enough."""
        return RAW in self.retired

    @property
    def files(self) -> list[RawFile]:
        """The files that it names: that of its records, of its changes, of earlier states; none once it is retired."""
        if self.is_retired:
            return []
        return [self.file, *self.changes, *(version.file for version in self.versions)]

    @property
    def content_sha256(self) -> str:
        """Identifies what is loaded of it: its records, those that vanished, and what changed in them."""
        files = [self.file.sha256, *(file.sha256 for file in self.changes)]
        return hashlib.sha256(" ".join([self.records_sha256, *files]).encode()).hexdigest()

    @property
    def duplicates(self) -> int:
        """How many records came more than once within a walk."""
        return sum(len(walk.duplicates) for walk in self.walks)

    @property
    def pages(self) -> int:
        """How many pages were fetched for it."""
        return sum(len(walk.pages) for walk in self.walks)

    @property
    def unknown(self) -> dict[str, int]:
        """How many of the pages had each of the members beside their conversations that are not declared."""
        return dict(sum((Counter(walk.unknown) for walk in self.walks), Counter[str]()))

    @property
    def running(self) -> dict[str, datetime]:
        """The conversations whose end is waited for, with their starts."""
        return {name: start for name, start in self.in_progress.items() if name not in set(self.given_up)}

    @property
    def is_provisional(self) -> bool:
        """Whether it was fetched before its day was over."""
        return self.fetch_started_at.date() <= self.date

    @property
    def is_complete(self) -> bool:
        """Whether its day is over, and it is known to hold everything, as far as that is wanted."""
        lacks_proof = self.proof is not None and self.proof.is_lacking
        return not self.is_provisional and not lacks_proof and not self.problems()

    @property
    def proof_summary(self) -> str:
        """Say in a few words whether it is proven."""
        return self.proof.summary if self.proof is not None else "not judged"

    def problems(self) -> list[str]:
        """Say what keeps it from being complete; empty when nothing does."""
        problems = [
            f"the walk over {walk.start:%Y-%m-%d %H:%M:%S} to {walk.end:%Y-%m-%d %H:%M:%S} UTC "
            f"in {walk.client_env} did not reach its end"
            for walk in self.walks
            if walk.closed_by is None
        ]
        if not self._covered():
            problems.append("its windows do not cover the whole day")
        if self.turns.conversations_short and not self.turns.tolerated:
            problems.append(self.turns.explanation)
        return problems

    def _covered(self) -> bool:
        """Tell whether the windows of every environment reach over the whole day."""
        day_start = datetime.combine(self.date, datetime.min.time(), tzinfo=self.fetch_started_at.tzinfo)
        for client_env in {walk.client_env for walk in self.walks} | set(self.query["client_env"]):
            reached = day_start
            for walk in sorted(self.walks, key=lambda walk: walk.start):
                if walk.client_env == client_env and walk.start <= reached:
                    reached = max(reached, walk.end)
            if (reached - day_start).total_seconds() < 24 * 3600:
                return False
        return True


class _Before(msgspec.Struct):
    """The part of a certificate that was written otherwise before."""

    proof: Any = None


def decode(text: bytes) -> Certificate:
    """Read a certificate, also one whose proof is a sentence."""
    proof = msgspec.json.decode(text, type=_Before).proof
    if not isinstance(proof, str):
        return msgspec.json.decode(text, type=Certificate)
    members = msgspec.json.decode(text, type=dict[str, msgspec.Raw])
    members["proof"] = msgspec.Raw(msgspec.json.encode(proof_in_words(proof)))
    return msgspec.json.decode(msgspec.json.encode(members), type=Certificate)
