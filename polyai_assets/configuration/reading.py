"""From the attributes of a `defs.yaml` to a `PlatformConfig`, or to all that is wrong with them."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from polyai_assets.api.project import Project
from polyai_assets.configuration.alert_config import read_alerts
from polyai_assets.configuration.document import Document
from polyai_assets.configuration.platform_config import PlatformAttributes, PlatformConfig
from polyai_assets.configuration.problems import FieldPath, Problems, Source
from polyai_assets.configuration.project_reading import Defaults, Entry, read_project

TOP: FieldPath = ("attributes",)
_NETWORK_CATALOGS = ("postgres:", "mysql:")
_FILE_CATALOGS = ("sqlite:", "duckdb:")


def read_platform(
    attributes: Mapping[str, Any],
    *,
    scope: Mapping[str, Any],
    source: Source,
    root: Path,
    today: date,
    keys_needed: bool,
) -> PlatformConfig:
    """Read and check everything.

    `scope` is what templates may name, `root` where relative paths start, `today` the date in UTC. With
    `keys_needed` a project without a usable key is a problem; otherwise only using its key is. Raises
    `ConfigurationError` with every problem of the file.
    """
    problems = Problems(source)
    document = Document(source, problems, scope)
    # the URLs of alerts are secrets, and a variable that is not set is no problem unless keys are needed
    values = document.rendered({name: value for name, value in attributes.items() if name != "alerts"}, TOP)
    assert isinstance(values, dict)  # noqa: S101 - a mapping is rendered into a dict
    read = document.read(PlatformAttributes, values, attributes, lambda name: (*TOP, name))
    _check_together(problems, read, today)
    alerts = read_alerts(
        document, attributes.get("alerts"), (*TOP, "alerts"), read.get("key_prefix", ()), keys_needed
    )
    entries = _entries(document, values, attributes, keys_needed)
    problems.raise_if_any()
    platform = PlatformAttributes(**read)
    return PlatformConfig(
        raw_store=_place(platform.raw_store, root),
        warehouse=_warehouse(platform.warehouse, root),
        warehouse_data=_place(platform.warehouse_data, root) if platform.warehouse_data else None,
        start_date=platform.start_date,
        key_prefix=platform.key_prefix,
        backfill_days_per_run=platform.backfill_days_per_run,
        projects=tuple(entry.config() for entry in entries),
        alerts=alerts,
    )


def _entries(
    document: Document, values: dict[str, Any], raw: Mapping[str, Any], keys_needed: bool
) -> list[Entry]:
    path: FieldPath = (*TOP, "projects")
    listed = values.get("projects")
    defaults = Defaults.read(document, values.get("defaults"), raw.get("defaults"), (*TOP, "defaults"))
    if not isinstance(listed, list | tuple) or not listed:
        found = "a mapping" if isinstance(listed, Mapping) else "no list" if listed else "empty"
        document.problems.add(
            path, f"is {found}. List at least one project, each beginning with '- region: …'."
        )
        return []
    raw_list = raw["projects"] if isinstance(raw["projects"], list) else listed
    read = [
        read_project(document, item, raw_item, defaults, (*path, index), keys_needed)
        for index, (item, raw_item) in enumerate(zip(listed, raw_list, strict=True))
    ]
    first: dict[Project, int] = {}
    for index, entry in enumerate(read):
        if entry and entry.project and first.setdefault(entry.project, index) != index:
            earlier = document.source.where((*path, first[entry.project]))
            document.problems.add(
                (*path, index, "project_id"),
                f"{entry.project} is listed twice; the first is at {earlier}. Keep one.",
            )
    return [entry for entry in read if entry]


def _check_together(problems: Problems, read: Mapping[str, Any], today: date) -> None:
    start: date | None = read.get("start_date")
    if start and start > today:
        problems.add(
            (*TOP, "start_date"),
            f"{start} is in the future; today is {today} in UTC. Write the first day to have.",
        )
    warehouse: str | None = read.get("warehouse")
    if warehouse is None:
        return
    is_lake = warehouse.startswith("ducklake:")
    if is_lake and "warehouse_data" not in read:
        problems.add(
            (*TOP, "warehouse_data"),
            "is missing: a DuckLake needs a folder or a URL such as s3://bucket/lake.",
        )
    if not is_lake and "warehouse_data" in read:
        problems.add(
            (*TOP, "warehouse_data"), "goes only with a warehouse that begins with ducklake:. Remove it."
        )
    if not is_lake and "://" in warehouse:
        problems.add(
            (*TOP, "warehouse"), "is a URL; a DuckDB file needs a path. To share it, write ducklake:…."
        )
    if warehouse == "ducklake:":
        problems.add((*TOP, "warehouse"), "names no catalog. Write ducklake:postgres:… or ducklake:path.")


def _place(place: str, root: Path) -> str:
    return place if "://" in place else str(root / Path(place).expanduser())


def _warehouse(target: str, root: Path) -> str:
    if not target.startswith("ducklake:"):
        return _place(target, root)
    catalog = target.removeprefix("ducklake:")
    if catalog.startswith(_NETWORK_CATALOGS):
        return target
    kind = next((kind for kind in _FILE_CATALOGS if catalog.startswith(kind)), "")
    return f"ducklake:{kind}{_place(catalog.removeprefix(kind), root)}"
