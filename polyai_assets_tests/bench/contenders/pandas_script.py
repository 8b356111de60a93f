"""A script as many have one: requests, a list of records, pandas, DuckDB. No raw copy, no checks."""

import sys

import duckdb
import pandas as pd
import requests

DAY = {"start_time": "2026-11-03T00:00:00Z", "end_time": "2026-11-04T00:00:00Z", "limit": "1000"}


def download(url: str) -> list[dict]:
    """Get all conversations."""
    conversations, cursor = [], ""
    with requests.Session() as session:
        session.headers["x-api-key"] = "benchmark"
        while cursor is not None:
            answer = session.get(url, params=DAY | ({"cursor": cursor} if cursor else {}), timeout=60).json()
            conversations += answer["conversations"]
            cursor = answer["cursor"]
    return conversations


def load(conversations: list[dict], database: str) -> None:
    """Make three frames and store them."""
    turns = pd.DataFrame(
        [
            {"id": one["id"], "turn_index": place, **turn}
            for one in conversations
            for place, turn in enumerate(one["turns"])
        ]
    )
    metrics = pd.DataFrame(
        [
            {"id": one["id"], "name": name, "value": value}
            for one in conversations
            for name, given in one["metrics"].items()
            for value in (given if isinstance(given, list) else [given])
        ]
    )
    frame = pd.DataFrame(conversations).drop(columns=["turns", "metrics"])
    frame["started_at"] = pd.to_datetime(frame["started_at"], format="ISO8601")
    with duckdb.connect(database) as connection:
        for name, rows in (("conversations", frame), ("turns", turns), ("metrics", metrics)):
            connection.register("rows", rows)
            connection.execute(f"CREATE TABLE {name} AS FROM rows")


if __name__ == "__main__":
    load(download(sys.argv[1]), sys.argv[2])
