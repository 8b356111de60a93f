"""An Agents API that takes 100 ms for a call: details and recordings, beside asking for one after another."""

import tempfile
import time
from pathlib import Path

import requests

from polyai_assets_tests.bench.goal import Goal
from polyai_assets_tests.bench.project import days_of, make_project, work
from polyai_assets_tests.bench.served_day import KEY, Served

_SECONDS = 0.1
_CONVERSATIONS = 1_000


def measure(port: int) -> list[Goal]:
    """Fetch the details and the recordings of a day."""
    served = Served(port, _CONVERSATIONS, seconds_a_call=_SECONDS)
    with served.running(), tempfile.TemporaryDirectory(prefix="polyai-bench-") as name:
        folder = make_project(Path(name), served, details="by_hand", audio={"calls": "all"})
        work(folder, "ingest", *days_of(served))
        goals = []
        for action, path in (("details", ""), ("recordings", "/audio")):
            alone, count = _one_by_one(served, path)
            ours = work(folder, action, *days_of(served)).said
            how = (
                f"{count} calls: {alone:.1f} s one after another, {ours['seconds']:.1f} s by us, commit and load "
                f"included; CPU {ours['cpu']:.1f} s"
            )
            goals.append(Goal(f"{action} at 100 ms a call", alone / ours["seconds"], 8, at="least", how=how))
    return goals


def _one_by_one(served: Served, path: str) -> tuple[float, int]:
    """Ask for what there is of each conversation, over one connection; gives the seconds and the calls."""
    project = served.project_id(0)
    with requests.Session() as session:
        session.headers["x-api-key"] = KEY
        answer = session.get(
            f"{served.url}/v3/acme/{project}/conversations",
            params=served.window | {"limit": "1000"},
            timeout=60,
        )
        wanted = [
            one["id"]
            for one in answer.json()["conversations"]
            if not path or one["channel"].startswith("VOICE")
        ]
        start = time.perf_counter()
        for name in wanted:
            found = session.get(f"{served.url}/v1/agents/{project}/conversations/{name}{path}", timeout=60)
            if found.status_code not in (200, 404):
                found.raise_for_status()
    return time.perf_counter() - start, len(wanted)
