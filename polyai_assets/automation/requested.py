"""The sensor `requested_write_backs`: starts a run when something is to be published.

It is there as soon as one project has `write_back`. A DuckDB file is attached only when it has changed since the last
look, or when something that waits is due; and only for reading.
"""

from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import dagster as dg
import msgspec

from polyai_assets.assets.connection import connect, duckdb_resource
from polyai_assets.assets.step import REASON
from polyai_assets.automation.cursor import read_cursor, write_cursor
from polyai_assets.automation.jobs import job_name
from polyai_assets.automation.runs import UNFINISHED, mark_dead_runs_failed
from polyai_assets.automation.write_backs import (
    NAME as JOB,
)
from polyai_assets.automation.write_backs import (
    build_publish_job,
    leases_of,
    op_name,
    outbox_of,
    spool_of,
    writable,
)
from polyai_assets.configuration import PlatformConfig
from polyai_assets.machine.actionable import keeps_secrets
from polyai_assets.warehouse.target import Target

NAME = "requested_write_backs"
INTERVAL = 60  # seconds

WAIT = 10.0
"""Seconds for which a tick waits for the warehouse: it is cut off after a minute."""

_ASK_AGAIN = timedelta(minutes=10)
"""When a run is asked for again that has changed nothing."""


class PublishMemory(msgspec.Struct, frozen=True):
    """What a tick leaves for the next one: how the file looked, when something is due, when a run was asked for."""

    seen: list[tuple[int, int]] = []
    due_at: datetime | None = None
    asked_at: datetime | None = None


def build_requested_sensor(
    platform: PlatformConfig, root: Path, job: dg.JobDefinition
) -> dg.SensorDefinition:
    """Make the sensor of a platform; `root` is the folder of the Dagster project."""

    @dg.sensor(
        name="_".join([*platform.key_prefix, NAME]),
        description=f"Starts {JOB} when an annotation or a note is to be published.",
        job=job,
        minimum_interval_seconds=INTERVAL,
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    @keeps_secrets
    def requested_write_backs(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        now = datetime.now(UTC)
        memory = read_cursor(context, PublishMemory) or PublishMemory()
        files = outbox_of(platform, root).waiting()
        mark_dead_runs_failed(context.instance, platform, spool_of(root), datetime.now(UTC))
        if _is_running(context.instance, platform):
            return _nothing("a run is publishing already", memory)
        if files:
            return _run(platform, f"files in the outbox: {len(files)}", memory)
        seen = _look_of(platform.warehouse)
        if seen is None:
            return _nothing("nothing was loaded yet", memory)
        if seen and seen == memory.seen and not _is_due(memory, now):
            return _nothing("nothing has changed, and nothing is due", memory)

        from polyai_assets.warehouse.attach import WarehouseBusy, WarehouseUnreachable

        try:
            due_at = _first_due(platform, root, now)
        except (WarehouseBusy, WarehouseUnreachable) as error:
            # Without a new cursor the next tick looks again.
            return _nothing(f"the next tick looks again: {error}", memory)
        if due_at is None or due_at > now:
            said = "nothing is to be published" if due_at is None else f"due at {due_at:%H:%M:%S} UTC"
            return _nothing(said, PublishMemory(seen, due_at))
        return _run(platform, "requests are pending", PublishMemory(seen, due_at, now))

    return requested_write_backs


def build_publishing(
    platform: PlatformConfig, root: Path
) -> tuple[list[dg.JobDefinition], list[dg.SensorDefinition]]:
    """Make the job and the sensor that starts it, where a project has `write_back`."""
    if not platform.has_write_back:
        return [], []
    job = build_publish_job(platform, root)
    return [job], [build_requested_sensor(platform, root, job)]


def _run(platform: PlatformConfig, reason: str, memory: PublishMemory) -> dg.SensorResult:
    request = dg.RunRequest(
        run_config={"ops": {op_name(platform): {"config": {"only_due": True}}}}, tags={REASON: reason}
    )
    return dg.SensorResult(run_requests=[request], cursor=write_cursor(memory))


def _nothing(said: str, memory: PublishMemory) -> dg.SensorResult:
    return dg.SensorResult(skip_reason=said, cursor=write_cursor(memory))


def _is_due(memory: PublishMemory, now: datetime) -> bool:
    if memory.due_at is None or now < memory.due_at:
        return False
    return memory.asked_at is None or now >= memory.asked_at + _ASK_AGAIN


def _is_running(instance: dg.DagsterInstance, platform: PlatformConfig) -> bool:
    filters = dg.RunsFilter(job_name=job_name(platform, JOB), statuses=UNFINISHED)
    return bool(instance.get_runs(filters=filters, limit=1))


def _look_of(target: str) -> list[tuple[int, int]] | None:
    """Say how a DuckDB file and its log look from outside; None if there is none, [] for a DuckLake."""
    path = Target(target).file
    if path is None:
        return []
    if not path.exists():
        return None
    stats = [file.stat() for file in (path, Path(f"{target}.wal")) if file.exists()]
    return [(stat.st_mtime_ns, stat.st_size) for stat in stats]


def _first_due(platform: PlatformConfig, root: Path, now: datetime) -> datetime | None:
    """Ask the warehouse when something is due; the first time, make the tables."""
    from polyai_assets.warehouse.attach import Warehouse
    from polyai_assets.write_back.look import NoTables, first_due
    from polyai_assets.write_back.tables import transact

    warehouse = Warehouse(platform.warehouse, platform.warehouse_data, WAIT)
    with partial(connect, duckdb_resource(spool_of(root)))() as connection:
        try:
            return first_due(connection, warehouse, writable(platform), leases_of(root), now)
        except NoTables:
            transact(connection, warehouse, lambda _: None)
    return None
