"""One component instance's configuration: from the attributes of a `defs.yaml`, or all that is wrong with them."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from polyai_assets.alerts.keys import ExpiringKey
from polyai_assets.api.project import Project
from polyai_assets.configuration.alerts import AlertAttributes, read_alerts
from polyai_assets.configuration.audio import AudioConfig
from polyai_assets.configuration.compare_with import CompareAttributes
from polyai_assets.configuration.contract import ContractAttributes, read_contract
from polyai_assets.configuration.deliveries import DeliveryAttributes, read_deliveries
from polyai_assets.configuration.document import Document
from polyai_assets.configuration.kpi import KpiConfig
from polyai_assets.configuration.options import ProjectAttributes
from polyai_assets.configuration.places import (
    check_places,
    place_of,
    report_folder,
    warehouse_of,
    with_default_places,
)
from polyai_assets.configuration.platform_config import PlatformConfig
from polyai_assets.configuration.platform_options import PlatformAttributes
from polyai_assets.configuration.privacy import PrivacyConfig
from polyai_assets.configuration.problems import FieldPath, Problems, SourceFile
from polyai_assets.configuration.project import Defaults, ProjectConfig, ProjectEntry, read_project
from polyai_assets.configuration.publishing import PublishAttributes, read_publish
from polyai_assets.configuration.report import ReportConfig, read_report_options
from polyai_assets.configuration.retention import RetentionConfig
from polyai_assets.configuration.searches import SearchConfig, known_channels
from polyai_assets.configuration.start_date import check_start, default_start
from polyai_assets.configuration.yaml_file import duplicate_keys

log = logging.getLogger(__name__)

TOP: FieldPath = ("attributes",)


LEVELS: Mapping[type[BaseModel], str] = {
    PlatformAttributes: "`attributes` itself",
    ProjectAttributes: "a project, such as projects.0, or under `defaults` for all",
    AlertAttributes: "`alerts`",
    ContractAttributes: "`contract`",
    ReportConfig: "`report`",
    PublishAttributes: "`publish`",
    DeliveryAttributes: "an entry of `deliveries`",
    AudioConfig: "`audio` of a project",
    KpiConfig: "`kpi` of a project",
    PrivacyConfig: "`privacy` of a project",
    RetentionConfig: "`retention` of a project",
    SearchConfig: "an entry of `searches`",
    CompareAttributes: "`compare_with` of a project",
}
"""The outer levels first: of several that know a name, the first is meant."""


def read_platform(
    attributes: Mapping[str, Any],
    *,
    scope: Mapping[str, Any],
    source: SourceFile,
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
    document = Document(source, problems, scope, LEVELS, root)
    for path, earlier in duplicate_keys(source.text, source.first_line):
        problems.add(path, f"stands twice; first in line {earlier}, and YAML takes the last. Keep one.")
    # they hold secrets, and a variable that is not set is no problem unless keys are needed
    apart = ("alerts", "deliveries")
    values = document.rendered({name: value for name, value in attributes.items() if name not in apart}, TOP)
    assert isinstance(values, dict)  # noqa: S101 - a mapping is rendered into a dict
    read = document.read(PlatformAttributes, values, attributes, lambda name: (*TOP, name))
    read = with_default_places(read, values)
    check_start(problems, read, values, today, (*TOP, "start_date"))
    alerts = read_alerts(
        document, attributes.get("alerts"), (*TOP, "alerts"), read.get("key_prefix", ()), keys_needed
    )
    contract = read_contract(document, read.get("contract"), (*TOP, "contract"))
    report = read_report_options(
        document,
        read.get("report", {}),
        attributes.get("report"),
        (*TOP, "report"),
        report_folder(read),
        has_alerts=_names_targets(attributes.get("alerts")),
    )
    publish = read_publish(
        document,
        read.get("publish"),
        attributes.get("publish"),
        (*TOP, "publish"),
        read.get("key_prefix", ()),
        root,
    )
    deliveries = read_deliveries(
        document, attributes.get("deliveries"), (*TOP, "deliveries"), publish, root, keys_needed
    )
    document = replace(document, rules={"channels": known_channels(contract)})
    entries = _entries(document, values, attributes, keys_needed)
    check_places(problems, read, attributes, root, TOP)
    problems.raise_if_any()
    for warning in problems.warned:
        log.warning("%s", warning)
    platform = PlatformAttributes(**read)
    raw_store = place_of(read["raw_store"], root)
    projects = tuple(entry.config() for entry in entries)
    return PlatformConfig(
        raw_store=raw_store,
        warehouse=warehouse_of(read["warehouse"], root),
        warehouse_data=place_of(platform.warehouse_data, root) if platform.warehouse_data else None,
        read_only_copy=place_of(read["read_only_copy"], root),
        copy_transcripts=platform.copy_transcripts,
        start_date=platform.start_date
        or default_start(Path(raw_store), [config.project for config in projects], today),
        key_prefix=platform.key_prefix,
        backfill_days_per_run=platform.backfill_days_per_run,
        projects=projects,
        report=report.model_copy(update={"folder": place_of(report.folder, root)}),
        alerts=replace(
            alerts,
            keys=_expiring(projects),
            deliveries=tuple(delivery.name for delivery in deliveries),
        ),
        contract=contract,
        publish=publish,
        deliveries=deliveries,
        file=source.file,
        warnings=tuple(problems.warned),
    )


def _names_targets(raw_alerts: object) -> bool:
    """Say whether the file names any targets of alerts; whether their variables are set is not known by that."""
    return isinstance(raw_alerts, Mapping) and bool(raw_alerts.get("urls"))


def _expiring(projects: Sequence[ProjectConfig]) -> tuple[ExpiringKey, ...]:
    """Name the keys of which it is known when they end."""
    return tuple(
        ExpiringKey(config.project.key, config.key_source, config.key_expires_on)
        for config in projects
        if config.key_expires_on is not None
    )


def _entries(
    document: Document, values: dict[str, Any], raw: Mapping[str, Any], keys_needed: bool
) -> list[ProjectEntry]:
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
