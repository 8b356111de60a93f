"""What nothing can beat by much: the pages downloaded one after another, and DuckDB's `read_json` into three tables.

No raw copy, no checks, no certificate, no orchestration.
"""

import json
import sys
import tempfile
import time
from pathlib import Path

import duckdb
import requests

DAY = {"start_time": "2026-11-03T00:00:00Z", "end_time": "2026-11-04T00:00:00Z", "limit": "1000"}


def download(url: str, folder: str) -> None:
    """Save each page."""
    with requests.Session() as session:
        session.headers["x-api-key"] = "benchmark"
        cursor, pages = "", 0
        while cursor is not None:
            answer = session.get(url, params=DAY | ({"cursor": cursor} if cursor else {}), timeout=60)
            Path(folder, f"{pages:05}.json").write_bytes(answer.content)
            cursor = answer.json()["cursor"]
            pages += 1


def load(folder: str, database: str) -> None:
    """Let DuckDB read all pages."""
    with duckdb.connect(database) as connection:
        connection.execute(
            "CREATE TEMP TABLE page AS SELECT unnest(conversations) AS c "
            f"FROM read_json('{folder}/*.json', maximum_object_size=100000000)"
        )
        connection.execute(
            "CREATE TABLE conversations AS SELECT c.* EXCLUDE (turns, metrics) FROM (SELECT c FROM page)"
        )
        connection.execute("CREATE TABLE turns AS SELECT c.id, unnest(c.turns, max_depth := 2) FROM page")
        connection.execute("CREATE TABLE metrics AS SELECT c.id, to_json(c.metrics) AS metrics FROM page")


if __name__ == "__main__":
    _, url, database = sys.argv
    with tempfile.TemporaryDirectory() as folder:
        download(url, folder)
        began = time.perf_counter()
        load(folder, database)
        print(json.dumps({"load": time.perf_counter() - began}))  # noqa: T201
