"""Every option of the platform: its rule, its default and its sentence, each declared once as in `options.py`.

`alerts`, `contract`, `report`, `publish` and `deliveries` have options of their own, declared beside their reader.
"""

from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from polyai_assets.configuration import places, rules
from polyai_assets.configuration.start_date import day


class PlatformAttributes(BaseModel):
    """The attributes of `polyai_assets.PolyAIConversations`, as they stand in the file."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    raw_store: Annotated[str | None, places.store()] = Field(
        None,
        description="Where the API's records are kept as they came: a folder, relative to the project, "
        "or a URL such as s3://bucket/prefix. Default: data/raw, with a key_prefix data/<key_prefix>/raw.",
        examples=["data/raw"],
    )
    warehouse: Annotated[str | None, places.store()] = Field(
        None,
        description="Where the tables are: a DuckDB file, relative to the project, or a DuckLake, "
        "such as ducklake:postgres:dbname=lake. Default: data/polyai.duckdb, with a key_prefix "
        "data/<key_prefix>/polyai.duckdb.",
        examples=["data/polyai.duckdb"],
    )
    warehouse_data: Annotated[str | None, places.store()] = Field(
        None,
        description="A DuckLake's data: a folder or a URL such as s3://bucket/lake. Needed with ducklake:. "
        "Default: none.",
    )
    read_only_copy: Annotated[str | None, places.store()] = Field(
        None,
        description="A DuckDB file, relative to the project, with facts and KPIs for everything that reads all day: BI "
        "tools, notebooks, `polyai sql` and `polyai ask`. It is replaced after runs and never written to meanwhile. "
        "Default: data/polyai-marts.duckdb, with a key_prefix data/<key_prefix>/polyai-marts.duckdb.",
        examples=["data/polyai-marts.duckdb"],
    )
    copy_transcripts: Annotated[bool, rules.switch()] = Field(
        False,
        description="Whether the read-only copy has what people said, too: turns, and all texts that were taken from "
        "them. Default: false.",
    )
    report: Annotated[Any, rules.anything("mapping")] = Field(
        None,
        description="Which pages for people are made of the read-only copy: folder, ranges, day_pages. "
        "Default: of the last 7 and 28 days, and of each of the last 7 days, in data/reports.",
    )
    start_date: Annotated[date | None, day()] = Field(
        None,
        description="First day to have, YYYY-MM-DD in UTC; the first partition. Default: the first of the month of 90 "
        "days ago, or the first day in the raw store if that is earlier; needed where the raw store is a URL.",
        examples=["2026-01-01"],
    )
    key_prefix: Annotated[tuple[str, ...], rules.key_prefix()] = Field(
        (),
        description="Prefix of the asset keys, one word or a list: instances with different ones can live "
        "side by side. Default: none.",
    )
    backfill_days_per_run: Annotated[int | None, rules.number(1, 3660, "days")] = Field(
        None,
        description="Days that one run of a backfill fetches, 1 to 3660. Default: all, in one run a project.",
    )
    defaults: Annotated[Any, rules.anything("mapping")] = Field(
        None,
        description="What a project may say, except project_id, once for all. A project's own word wins. "
        "Default: none.",
    )
    alerts: Annotated[Any, rules.anything("mapping")] = Field(
        None,
        description="Where alerts are sent: urls, and dagster_url for links. Default: nothing is sent.",
    )
    contract: Annotated[Any, rules.anything("mapping")] = Field(
        None,
        description="What PolyAI sends beyond what this package declares: further fields of the tables, and known "
        "channels, environments and metrics. `polyai drift` prints the lines. Default: nothing.",
    )
    publish: Annotated[Any, rules.anything("mapping")] = Field(
        None,
        description="Days as files for a warehouse of your own: where, which tables and which days. {} takes every "
        "default. Default: nothing is published.",
    )
    deliveries: Annotated[Any, rules.anything("list of mappings")] = Field(
        None,
        description="Warehouses of your own that published days are delivered to, each with name, type and connection. "
        "Default: none.",
    )
    projects: Annotated[Any, rules.anything("list of mappings")] = Field(
        description="The projects, four lines each."
    )
