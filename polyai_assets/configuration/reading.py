"""From the attributes of a `defs.yaml` to a `PlatformConfig`, or to all that is wrong with them."""

import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from polyai_assets.api.project import Project
from polyai_assets.configuration.alert_config import read_alerts
from polyai_assets.configuration.channels import known_channels
from polyai_assets.configuration.contract_reading import read_contract
from polyai_assets.configuration.document import Document
from polyai_assets.configuration.levels import LEVELS
from polyai_assets.configuration.places import (
    check_places,
    place_of,
    warehouse_of,
    with_default_places,
)
from polyai_assets.configuration.platform_config import PlatformAttributes, PlatformConfig
from polyai_assets.configuration.problems import FieldPath, Problems, Source
from polyai_assets.configuration.project_reading import Defaults, Entry, read_project
from polyai_assets.configuration.start_date import BACK, default_start
from polyai_assets.configuration.yaml_file import duplicate_keys

log = logging.getLogger(__name__)

TOP: FieldPath = ("attributes",)


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
    document = Document(source, problems, scope, LEVELS)
    for path, earlier in duplicate_keys(source.text, source.first_line):
        problems.add(path, f"stands twice; first in line {earlier}, and YAML takes the last. Keep one.")
    # the URLs of alerts are secrets, and a variable that is not set is no problem unless keys are needed
    values = document.rendered({name: value for name, value in attributes.items() if name != "alerts"}, TOP)
    assert isinstance(values, dict)  # noqa: S101 - a mapping is rendered into a dict
    read = document.read(PlatformAttributes, values, attributes, lambda name: (*TOP, name))
    read = with_default_places(read, values)
    _check_start(problems, read, values, today)
    alerts = read_alerts(
        document, attributes.get("alerts"), (*TOP, "alerts"), read.get("key_prefix", ()), keys_needed
    )
    contract = read_contract(document, read.get("contract"), (*TOP, "contract"))
    document = replace(document, rules={"channels": known_channels(contract)})
    entries = _entries(document, values, attributes, keys_needed)
    check_places(problems, read, attributes, root, TOP)
    problems.raise_if_any()
    for path, message in problems.warned.items():
        log.warning("%s: %s", source.where(path), message)
    platform = PlatformAttributes(**read)
    raw_store = place_of(read["raw_store"], root)
    projects = tuple(entry.config() for entry in entries)
    return PlatformConfig(
        raw_store=raw_store,
        warehouse=warehouse_of(read["warehouse"], root),
        warehouse_data=place_of(platform.warehouse_data, root) if platform.warehouse_data else None,
        start_date=platform.start_date
        or default_start(Path(raw_store), [one.project for one in projects], today),
        key_prefix=platform.key_prefix,
        backfill_days_per_run=platform.backfill_days_per_run,
        projects=projects,
        alerts=alerts,
        contract=contract,
        file=source.file,
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


def _check_start(problems: Problems, read: Mapping[str, Any], given: Mapping[str, Any], today: date) -> None:
    start: date | None = read.get("start_date")
    if given.get("start_date") is None and "://" in read.get("raw_store", ""):
        problems.add(
            (*TOP, "start_date"),
            "is missing: a raw store behind a URL is not searched for its first day while definitions load. "
            f"Write the first day to have, such as {(today - BACK).replace(day=1)}.",
        )
    if start and start > today:
        problems.add(
            (*TOP, "start_date"),
            f"{start} is in the future; today is {today} in UTC. Write the first day to have.",
        )
