"""dlt, set for speed: its `rest_api` source with a cursor, Parquet between normalising and loading, two processes.

Its tables are typed by what came and checked by nothing; metrics stay one JSON value, since as columns they would be a
new table for every list.
"""

import os
import sys
from pathlib import Path

BEST = {
    "RUNTIME__DLTHUB_TELEMETRY": "false",
    "RUNTIME__LOG_LEVEL": "CRITICAL",
    # files small enough for two processes to share them, and no compression of what is read at once
    "EXTRACT__DATA_WRITER__FILE_MAX_ITEMS": "5000",
    "NORMALIZE__WORKERS": "2",
    "DATA_WRITER__DISABLE_COMPRESSION": "true",
}
DAY = {"start_time": "2026-11-03T00:00:00Z", "end_time": "2026-11-04T00:00:00Z", "limit": 1000}


def main(url: str, database: str) -> None:
    """Load the day."""
    folder = Path(database).parent / "dlt"
    os.environ |= BEST | {"DLT_DATA_DIR": str(folder)}
    import dlt
    from dlt.sources.rest_api import rest_api_source

    base, _, path = url.rpartition("/")
    source = rest_api_source(
        {
            "client": {
                "base_url": base,
                "headers": {"x-api-key": "benchmark"},
                "paginator": {"type": "cursor", "cursor_path": "cursor", "cursor_param": "cursor"},
            },
            "resources": [
                {
                    "name": "conversations",
                    "columns": {"metrics": {"data_type": "json"}},
                    "endpoint": {"path": path, "params": DAY, "data_selector": "conversations"},
                }
            ],
        }
    )
    pipeline = dlt.pipeline(
        "benchmark",
        pipelines_dir=str(folder),
        destination=dlt.destinations.duckdb(database),
        dataset_name="loaded",
    )
    pipeline.run(source, loader_file_format="parquet", write_disposition="append")


if __name__ == "__main__":
    main(*sys.argv[1:])
