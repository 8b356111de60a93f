"""Records of every sort, around the clock of a day; and loading them into a partition."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import pyarrow as pa

from polyai_assets.warehouse.attach import Warehouse
from polyai_assets.warehouse.load import Load, Staged
from polyai_assets_tests.contract.records import CLEAN, payload
from polyai_assets_tests.looking import own_duckdb
from polyai_assets_tests.warehouse.conftest import batch
from polyai_assets_tests.warehouse.one_day import replace_partition

NUMBERS = (
    *("+12025550124", "+1 (202) 555-0100", "0044 20 7183 8750", "sip:+12025550124@host", "tel:+12025550124"),
    *("12025550124", "(202) 555-0124", "020 7183 8750", "442071838750"),
    *("", "REDACTED", "anonymous", "Unknown", "Ada@Example.com", "user-17", "+442071838750", "12"),
)
SAID = ("", " ", "yes", "two  words", "a\tb\nc", "日本語です", "ขอบคุณครับ", "één café", "Straße 5 ")
ODD = (None, "", "x", "42", 42, -1.5, True, [], [1], {"a": None}, "9" * 400, "NULL", "1e400")


def planted(day: date, random: Random) -> Iterator[dict[str, Any]]:
    """Plant conversations around the clock of a day, of every sort there is."""
    begin = datetime.combine(day, datetime.min.time(), UTC)
    ids = ("CA" + "0a" * 15, "CA", "OUT-", "AS_CHAT_", "LOCAL-", "TW_SMS_", "KA-")
    for number in range(96):
        turns = [
            {
                "user_input": random.choice(SAID),
                "user_input_dtmf": random.choice(("", "", "12#")),
                "agent_response": random.choice(SAID),
                "intents": random.sample(["book", "pay", "ask"], random.randrange(3)),
                "barge_in": random.choice((True, False)),
            }
            | random.choice(({"latency": random.randrange(1, 40) / 8}, {}))
            for _ in range(random.choice((0, 1, 2, 5)))
        ]
        metrics = {
            "CSAT_OFFERED": random.choice(("true", "false", "True", "1")),
            "CSAT_COMPLETED": "true",
            "CSAT_SCORE": random.choice(("5", "3.5", "0", "x", ["9", "2"], ["4", "six"], "5.0")),
            "CHAT_ABANDONED": random.choice(("true", "false")),
            "BOOKED": random.choice(("true", "false", "0")),
            "BOOKING VALUE": random.choice(("12.5", "much", ["1", "2"])),
        }
        yield (
            CLEAN
            | {
                "id": f"{random.choice(ids)}{number:02}",
                "environment": random.choice(("live", "live", "live", "sandbox")),
                "started_at": (begin + timedelta(minutes=15 * number)).isoformat(),
                "channel": random.choice(
                    ("VOICE-SIP", "VOICE-SIP", "WEBCHAT", "CHAT", "SMS", "KIOSK", "FAX")
                ),
                "in_progress": random.random() < 0.1,
                "variant_id": random.choice(("", "v1", "v-own")),
                "variant_name": random.choice(("", "Boston", "Leeds")),
                "from_number": random.choice(NUMBERS),
                "to_number": random.choice(NUMBERS),
                "num_turns": len(turns),
                "handoff": random.choice((True, False, False)),
                "state": {"customer_id": random.choice(ODD), "age": random.choice(ODD)},
                "metrics": {name: value for name, value in metrics.items() if random.random() < 0.4},
                "turns": turns,
            }
            | random.choice(
                ({"total_duration": random.randrange(90), "polyai_duration": random.randrange(90)}, {})
            )
        )


def replace_records(warehouse: Warehouse, load: Load, records: Sequence[dict[str, Any]]) -> Staged:
    """Replace a partition by records, each at its own start."""
    batches = [
        batch(payload(record), start=datetime.fromisoformat(record["started_at"])) for record in records
    ]
    whole = pa.Table.from_batches(batches).combine_chunks().to_batches() if batches else []
    with own_duckdb(memory_limit="200MB") as connection:
        return replace_partition(connection, warehouse, load, whole)
