"""The connections of the steps: what DuckDB spills to disk belongs to one of them, and does not outlive it."""

import os
from pathlib import Path
from shutil import disk_usage

import duckdb

from polyai_assets.assets.connection import connect, duckdb_resource


def folder_of(connection: duckdb.DuckDBPyConnection) -> Path:
    ((folder,),) = connection.sql("SELECT current_setting('temp_directory')").fetchall()
    return Path(folder)


def test_connections_share_no_temporary_file_and_leave_none(tmp_path: Path) -> None:
    spool = tmp_path / "it's [a] spool"
    with connect(duckdb_resource(spool)) as one, connect(duckdb_resource(spool)) as other:
        folders = {folder_of(one), folder_of(other)}
        assert len(folders) == 2
        assert all(folder.is_dir() and folder.parent == spool / "duckdb" for folder in folders)
        (folder_of(one) / "duckdb_temp_storage_DEFAULT-0.tmp").write_bytes(b"x")
    assert list((spool / "duckdb").iterdir()) == []


def test_what_a_killed_process_spilled_is_removed_by_another(tmp_path: Path) -> None:
    left = tmp_path / "duckdb" / "polyai-assets-abcd1234"
    left.mkdir(parents=True)
    (left / "duckdb_temp_storage_DEFAULT-0.tmp").write_bytes(b"x")
    os.utime(left, (1, 1))
    with connect(duckdb_resource(tmp_path)):
        assert not left.exists()


def test_what_a_connection_may_spill_is_bounded_by_what_is_free(tmp_path: Path) -> None:
    with connect(duckdb_resource(tmp_path / "data [prod]")) as connection:
        bound = connection.sql(
            "SELECT parse_formatted_bytes(current_setting('max_temp_directory_size'))"
        ).fetchall()[0][0]
    assert 0 < bound <= 0.6 * disk_usage(tmp_path).free
