"""Servers that lose, repeat, shift, cut off or ignore: what is proven lacks nothing that a road could show."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from polyai_assets.api.query import timestamp
from polyai_assets.raw.conversations.proof import ProofState
from polyai_assets.raw.windows import midnight
from polyai_assets_tests.api.scripted_server import Answer, Asked, ScriptedServer, error
from polyai_assets_tests.deployment import DAY1, DAY2
from polyai_assets_tests.examples import examples
from polyai_assets_tests.raw.conftest import FetchDays, ids_of
from polyai_assets_tests.tiers import long

DAYS = (DAY1, DAY2)
OFFSETS = ("counts", "refused", "fails", "limited", "page of HTML", "ignored", "empty", "shifts")
IGNORED = ("nothing", "client_env", "times")
LOSSES = (
    "nothing",
    "any row",
    "seams",
    "cut off",
    "short pages",
    "wide windows",
    "by cursor",
    "repeats for losses",
)


@dataclass
class AnyServer:
    """A list of conversations with one way of losing some, and one of dealing with offsets."""

    dice: Random
    loss: str
    offsets: str
    ignores: str = "nothing"
    starts: dict[str, datetime] = field(init=False)

    def __post_init__(self) -> None:
        moments = [midnight(DAY1) + self.dice.random() * 2 * timedelta(days=1) for _ in range(110)]
        moments += self.dice.choices(moments, k=10)  # several at one moment
        self.starts = {f"CA{number:03}": start for number, start in enumerate(sorted(moments))}
        self.never_by_cursor = set(self.dice.sample(sorted(self.starts), 3))
        self.chance = self.dice.choice([0.02, 0.1])
        self.of_sandbox = (
            set(self.dice.sample(sorted(self.starts), 40)) if self.ignores == "client_env" else set()
        )

    def __call__(self, asked: Asked) -> Answer:
        first, last = (datetime.fromisoformat(asked.param(name) or "") for name in ("start_time", "end_time"))
        if self.ignores == "times":
            first, last = midnight(DAY1), midnight(DAY2) + timedelta(days=1)
        names = [name for name, start in self.starts.items() if first <= start < last]
        limit = int(asked.param("limit") or 0)
        if asked.param("offset") is not None:
            return self._by_offset(names, int(asked.param("offset") or 0), limit)
        return self._page(self._lacking(names, last - first), int(asked.param("cursor") or 0), limit)

    def _by_offset(self, names: list[str], offset: int, limit: int) -> Answer:
        match self.offsets:
            case "refused":
                return error(400)
            case "fails":
                return error(500)
            case "limited":
                return error(429)
            case "page of HTML":
                return Answer(body=b"<html>", headers={"Content-Type": "text/html"})
            case "ignored":
                return self._page(names, 0, limit)
            case "empty":
                return self._answer([], None)
            case "shifts":
                offset += 4
        return self._answer(names[offset:][:limit], None)

    def _lacking(self, names: list[str], span: timedelta) -> list[str]:
        """What the walk over a window goes through."""
        match self.loss:
            case "by cursor":
                return [name for name in names if name not in self.never_by_cursor]
            case "cut off":
                return names[:40]
            case "wide windows" if span > timedelta(hours=30):
                return [name for name in names if name not in self.never_by_cursor]
        return names

    def _page(self, names: list[str], begin: int, limit: int) -> Answer:
        rows = names[begin:][: min(limit, 30) if self.loss == "short pages" else limit]
        following = begin + len(rows)
        is_last = following >= len(names) or (self.loss == "short pages" and len(rows) < limit)
        if self.loss == "any row":
            rows = [row for row in rows if self.dice.random() > self.chance]
        elif self.loss == "seams" and not is_last:
            rows = rows[:-1]
        elif self.loss == "repeats for losses":
            at = self.dice.randrange(1, len(rows)) if len(rows) > 10 else 0
            rows = [*rows[:at], rows[at - 1], *rows[at + 1 :]] if at else rows
        return self._answer(rows, None if is_last else str(following))

    def _answer(self, names: list[str], cursor: str | None) -> Answer:
        records = [
            {
                "id": name,
                "started_at": timestamp(self.starts[name]),
                "environment": "sandbox" if name in self.of_sandbox else "live",
            }
            for name in names
        ]
        return Answer(body=json.dumps({"conversations": records, "cursor": cursor}).encode())

    @property
    def shows_its_losses(self) -> bool:
        """Whether another cut, or the count, can show what a walk lacks."""
        return self.loss != "by cursor" or self.offsets == "counts"


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer() as scripted:
        yield scripted


REFUSALS = ("fails", "limited", "page of HTML")
"""Offsets that are not to be had either, as where they are refused: these are tried with a few losses."""
PAIRS = [
    (offsets, loss)
    for offsets in OFFSETS
    for loss in (LOSSES if offsets not in REFUSALS else ("nothing", "any row", "cut off"))
]


FIRST = [pair for pair in PAIRS if pair[0] == OFFSETS[0] or pair[1] == LOSSES[1]]


@pytest.mark.parametrize(("offsets", "loss"), [*FIRST, *(long(*pair) for pair in PAIRS if pair not in FIRST)])
def test_a_proven_day_lacks_no_conversation_that_a_road_could_show(
    fetch_days: FetchDays, server: ScriptedServer, loss: str, offsets: str
):
    dice = Random(f"{loss} {offsets}")
    listing = AnyServer(dice, loss, offsets)
    server.serve(listing)
    verify = dice.choice(["offset", "offset", "rewalk"])
    fetched = fetch_days(*DAYS, base_url=server.url, verify=verify, parallel_windows=dice.choice([1, 2]))
    for day in DAYS:
        proof = fetched.proofs[day]
        truth = {name for name, start in listing.starts.items() if start.date() == day}
        lacking = truth - set(ids_of(fetched, day))
        if proof.state is ProofState.PROVEN and listing.shows_its_losses:
            assert not lacking, proof
        if loss == "nothing" and offsets != "shifts":
            assert proof.state is ProofState.PROVEN, proof
    assert len(server.asked) < 150


@settings(
    max_examples=examples(12),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    seed=st.integers(0, 2**32),
    loss=st.sampled_from(LOSSES),
    offsets=st.sampled_from([kind for kind in OFFSETS if kind != "shifts"]),
    ignores=st.sampled_from(IGNORED),
    windows=st.sampled_from([1, 2]),
)
def test_whatever_goes_wrong_together_a_proven_day_lacks_nothing_and_holds_what_was_asked_for(
    fetch_days: FetchDays, seed: int, loss: str, offsets: str, ignores: str, windows: int
):
    listing = AnyServer(Random(seed), loss, offsets, ignores)
    with ScriptedServer() as server:
        server.serve(listing)
        fetched = fetch_days(*DAYS, base_url=server.url, verify="offset", parallel_windows=windows)
    for day in DAYS:
        brought = set(ids_of(fetched, day))
        truth = {name for name, start in listing.starts.items() if start.date() == day}
        if fetched.proofs[day].state is ProofState.PROVEN and listing.shows_its_losses:
            assert truth <= brought, fetched.proofs[day]
        if brought & listing.of_sandbox:
            assert "client_env" in {one.filter for one in fetched.misfits[day]}
