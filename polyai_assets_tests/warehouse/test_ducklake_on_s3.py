"""A DuckLake whose Parquet files are in S3."""

from pathlib import Path

import pyarrow as pa
import pytest
import requests

from polyai_assets.contract.tables import QA_SAMPLES
from polyai_assets.warehouse.attach import Warehouse
from polyai_assets.warehouse.replace import replace_tables
from polyai_assets_tests.looking import own_duckdb
from polyai_assets_tests.warehouse.conftest import PARTITION, ids

pytest.importorskip("duckdb_extension_httpfs", reason="needs DuckDB's httpfs: pip install polyai-assets[s3]")


def test_tables_are_kept_in_a_bucket(s3_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "us-east-1",
        "DUCKDB_S3_ENDPOINT": s3_url.removeprefix("http://"),
        "DUCKDB_S3_USE_SSL": "false",
    }.items():
        monkeypatch.setenv(name, value)
    assert requests.put(f"{s3_url}/lake", timeout=10).ok
    warehouse = Warehouse(f"ducklake:{tmp_path / 'catalog.ducklake'}", data="s3://lake/polyai")
    names = [f"CA{number:03}" for number in range(50)]  # a few rows DuckLake would keep in its catalog
    rows = pa.table({"conversation_id": names, "position": [*range(50)]})
    with own_duckdb() as connection:
        replace_tables(connection, warehouse, PARTITION, {QA_SAMPLES: rows})
    assert ids(warehouse, "qa_samples") == names
    assert ".parquet" in requests.get(f"{s3_url}/lake", params={"prefix": "polyai"}, timeout=10).text
