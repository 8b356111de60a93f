"""Every option of a project: its rule, its default and its sentence, each declared once.

From these models come what the reader takes, what `dg` and editors show, and the table of options in the docs. Options
that have options of their own are declared beside their reader: `searches`, `audio`, `compare_with`, `kpi`, `privacy`,
`retention`. Those of the platform are in `platform_options.py`.
"""

from datetime import date, timedelta
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from polyai_assets.api.project import CONVERSATIONS_HOSTS
from polyai_assets.api.query import CLIENT_ENVS
from polyai_assets.api.versions import API_VERSIONS
from polyai_assets.configuration import places, rules
from polyai_assets.configuration.audio import AudioConfig
from polyai_assets.configuration.compare_with import CompareConfig
from polyai_assets.configuration.searches import CHANNELS, SearchConfig
from polyai_assets.configuration.start_date import day
from polyai_assets.configuration.vanished import vanished_policy
from polyai_assets.privacy.policy import PrivacyPolicy
from polyai_assets.raw.conversations.vanished import VanishedPolicy
from polyai_assets.raw.retention_days import RetentionDays
from polyai_assets.warehouse.facts.settings import KpiSettings

Verify = Literal["offset", "rewalk", "off"]
VERIFY: tuple[Verify, ...] = ("offset", "rewalk", "off")
BY_HAND: Literal["by_hand"] = "by_hand"
Details = Literal[True, False, "by_hand"]
_NOT_IN_KEYS = "|[],/\\\"'"


class Options(BaseModel):
    """How a project is fetched. Every option may also stand in `defaults`, once for all projects."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    api_version: Annotated[str, rules.one_of(API_VERSIONS, "API version we know")] = Field(
        "v3",
        description="Version of PolyAI's Conversations API: v3, v2, or v1, which PolyAI no longer supports. "
        "Default: v3.",
    )
    base_url: Annotated[str | None, places.base_url()] = Field(
        None,
        description="Address in place of the region's host: a proxy, the simulator. Default: PolyAI.",
    )
    agents_base_url: Annotated[str | None, places.base_url()] = Field(
        None,
        description="Address in place of the region's host of the Agents API: a proxy, the simulator. "
        "Default: PolyAI.",
    )
    client_env: Annotated[tuple[str, ...], rules.some_of(CLIENT_ENVS, "client environment")] = Field(
        ("live",),
        description="Whose conversations: live, sandbox or pre-release, one or a list. Default: live.",
    )
    channels: Annotated[tuple[str, ...], CHANNELS] = Field(
        (), description="Only these channels, such as voice or chat; one or a list. Default: all channels."
    )
    variant_id: Annotated[str | None, rules.text()] = Field(
        None,
        description="Only conversations with this variant. Not together with variant_name. Default: all.",
    )
    variant_name: Annotated[str | None, rules.text_as_written()] = Field(
        None,
        description="Only conversations with the variant of this name. Not together with variant_id. "
        "Default: all.",
    )
    lookback_days: Annotated[int, rules.number(0, 60, "days")] = Field(
        3, description="Days before yesterday that the nightly refresh fetches again, 0 to 60. Default: 3."
    )
    settle_after: Annotated[timedelta, rules.duration(timedelta(days=7))] = Field(
        timedelta(hours=2),
        description="How long after its last conversation ended a day must stay unchanged to be settled: "
        "a time with its unit, like 2h, 90m or 1h30m, up to 168 hours. Default: 2h.",
        json_schema_extra={"default": "2h"},
    )
    max_open_hours: Annotated[float, rules.number(1, 720, "hours", whole=False)] = Field(
        24,
        description="Hours until a conversation in progress is given up, visibly; 1 to 720. Default: 24.",
    )
    top_up_every: Annotated[timedelta, rules.duration(timedelta(days=1))] = Field(
        timedelta(minutes=15),
        description="How often the sensor adds the new conversations of today: a time with its unit, like 15m, 900s or "
        "1h30m, up to 24 hours. Default: 15m.",
        json_schema_extra={"default": "15m"},
    )
    verify: Annotated[Verify, rules.one_of(VERIFY, "way to prove a day", on="offset", off="off")] = Field(
        "offset",
        description="How it is proven that nothing is missing from a day that is over. offset: the API counts it by "
        "offset, two small calls a run; where it cannot, as with rewalk. rewalk: every day is walked twice, cut "
        "differently, about twice the calls. off: not at all, and the certificate says so. Default: offset.",
    )
    check_turns: Annotated[bool, rules.switch()] = Field(
        True,
        description="Whether the check complete is red for a day whose conversations have fewer turns than their "
        "num_turns. Default: true.",
    )
    max_violation_ratio: Annotated[float, rules.number(0, 1, whole=False)] = Field(
        1.0,
        description="Share of a day's records that may break PolyAI's guarantees or be in quarantine before the day "
        "turns red and its tables stay as they were, 0 to 1. Default: 1, which is never: all is loaded and reported.",
    )
    keep_versions: Annotated[int, rules.number(1, 1000, "versions")] = Field(
        10, description="Earlier states of a day that are kept in the raw store, 1 to 1000. Default: 10."
    )
    vanished: Annotated[VanishedPolicy, vanished_policy()] = Field(
        VanishedPolicy(keeps_text=False),
        description="What is kept of a conversation that PolyAI returns no more, perhaps because a person asked for "
        "that: keep (all of it), keep_without_text (ids, times and counts), or {drop_after: 30d} (all of it, and after "
        "so long nothing). Default: keep_without_text.",
        json_schema_extra={"default": "keep_without_text"},
    )
    page_size: Annotated[int | None, rules.number(1, 5000, "conversations")] = Field(
        None,
        description="Conversations a page, 1 to 1000 (v1: 5000). Default: follows the size of the pages, 100 at first.",
    )
    parallel_windows: Annotated[int, rules.number(1, 16, "windows")] = Field(
        2, description="Parts of a long range that are fetched at the same time, 1 to 16. Default: 2."
    )
    requests_per_second: Annotated[float, rules.number(0.01, 100, "requests", whole=False)] = Field(
        25, description="Most requests a second to this project, 0.01 to 100. Default: 25."
    )
    max_attempts: Annotated[int, rules.number(1, 20, "attempts")] = Field(
        8,
        description="How often a request that meets passing trouble is tried before it is given up, 1 to 20. "
        "Default: 8, a few minutes.",
    )
    max_answer_mb: Annotated[int, rules.number(1, 100_000, "MB")] = Field(
        256,
        description="The most that is read of one answer of the API, decompressed, 1 to 100000 MB; a page that is "
        "larger is asked for in smaller ones. Reading takes up to three times as much memory; of answers that come "
        "at the same time, one is larger than a sixteenth of it. Default: 256.",
    )
    max_conversations_per_day: Annotated[int, rules.number(1000, 1_000_000_000, "conversations")] = Field(
        1_000_000,
        description="More conversations than a day can hold, 1000 to 1000000000: a longer list is taken for "
        "one without an end. Default: 1000000.",
    )
    include_latency: Annotated[bool, rules.switch()] = Field(
        True, description="Whether turns come with their latency. Default: true."
    )
    include_turn_metadata: Annotated[bool, rules.switch()] = Field(
        True, description="Whether turns come with their metadata. Default: true."
    )
    include_context_state: Annotated[bool, rules.switch()] = Field(
        True, description="Whether conversations come with the agent's state. Default: true."
    )
    searches: Annotated[tuple[SearchConfig, ...], rules.anything("list of mappings")] = Field(
        (), description="Saved searches, each asked for every day. Default: none."
    )
    samples: Annotated[int, rules.number(0, 1000, "conversations a day")] = Field(
        0, description="Conversations drawn at random for review, a day, 0 to 1000. Default: 0."
    )
    details: Annotated[Details, rules.switch(BY_HAND)] = Field(
        False,
        description="Whether summaries, PolyScore, tags and function calls are fetched from the Agents API: true lets "
        "the sensor details_due do it by itself and again as they change; by_hand leaves it to people. Default: false.",
    )
    reference: Annotated[bool, rules.switch()] = Field(
        False,
        description="Whether what the agent is made of beside its conversations, such as its deployments and its "
        "variants, is read every day from the Agents API, and its past kept. Default: false.",
    )
    audio: Annotated[AudioConfig, rules.anything("mapping")] = Field(
        AudioConfig.model_validate({}),
        description="Which recordings of calls are fetched and kept. Default: none.",
    )
    kpi: Annotated[KpiSettings, rules.anything("mapping")] = Field(
        KpiSettings(),
        description="What the facts of conversations are made with: time zone, opening hours, rates. Default: UTC, no "
        "rates.",
    )
    privacy: Annotated[PrivacyPolicy, rules.anything("mapping")] = Field(
        PrivacyPolicy(),
        description="What is made of personal data in the tables, and in all that is made of them: contacts, text, and "
        "what agents put into state and entities. The raw store keeps records as they came. Default: all is kept.",
    )
    retention: Annotated[RetentionDays, rules.anything("mapping")] = Field(
        RetentionDays(),
        description="For how many days raw records, text, recordings, rows of conversations and logs are kept, such as "
        "{raw: 90, text: 90}. What is older is removed every day, for good. Default: all is kept.",
    )
    compare_with: Annotated[CompareConfig | None, rules.anything("mapping")] = Field(
        None,
        description="Another version of the API that the project is compared with, day by day, before it migrates. "
        "Default: none.",
    )
    key_expires_on: Annotated[date | None, day()] = Field(
        None,
        description="The day on which the API key ends, YYYY-MM-DD in UTC, as it was set when the key was made: an "
        "alert comes 30 and 7 days before. Default: not known, no alert.",
        examples=["2027-03-31"],
    )
    write_back: Annotated[bool, rules.switch()] = Field(
        False,
        description="Whether requested annotations and notes are published to PolyAI; until then they stay pending. "
        "Default: false.",
    )


class ProjectAttributes(Options):
    """One project, as it stands in the file. All but project_id may come from `defaults`."""

    region: Annotated[str, rules.one_of(CONVERSATIONS_HOSTS, "region of PolyAI")] = Field(
        description="PolyAI's region: us-1, uk-1, euw-1 or studio."
    )
    account_id: Annotated[str, rules.part_of_key(_NOT_IN_KEYS)] = Field(
        description="The account's id, as in the URL of PolyAI's Agent Studio.", examples=["acme"]
    )
    project_id: Annotated[str, rules.part_of_key(_NOT_IN_KEYS)] = Field(
        description="The project's (agent's) id, as in the URL of PolyAI's Agent Studio.",
        examples=["hotel-bot"],
    )
    api_key: Annotated[Any, rules.anything("secret")] = Field(
        description="The project's API key, by the name of its environment variable. Blanks and line "
        "breaks at its ends are cut off. Without the variable `dg check defs` fails; elsewhere only this "
        "project's runs do.",
        examples=["{{ env.POLYAI_KEY_US1_ACME_HOTEL_BOT }}"],
        repr=False,
    )
    agents_api_key: Annotated[Any, rules.anything("secret")] = Field(
        None,
        description="The key for the Agents API, by the name of its environment variable, if it is another one. "
        "Default: api_key.",
        examples=["{{ env.POLYAI_AGENTS_KEY_US1_ACME_HOTEL_BOT }}"],
        repr=False,
    )
