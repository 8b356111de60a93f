"""The option `kpi`: what the facts of a project are made with, and what its variants have of their own."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from polyai_assets.configuration import kpi_rules, rules
from polyai_assets.configuration.document import Document
from polyai_assets.configuration.problems import FieldPath
from polyai_assets.warehouse.facts.settings import KpiSettings, VariantSettings, plain


def _rate(who: str) -> Any:
    return Field(
        None,
        description=f"What a minute of {who} costs, 0 to 10000; for the estimates of cost. Default: none.",
    )


class VariantKpiConfig(BaseModel):
    """What a variant may have of its own."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    timezone: Annotated[str, kpi_rules.time_zone()] = Field(
        "UTC",
        description="Time zone of the site, by its IANA name; local dates and hours of the facts are in it. "
        "Default: UTC, which is seldom where people call.",
        examples=["Europe/London"],
    )
    opening_hours: Annotated[Any, kpi_rules.opening_hours()] = Field(
        None,
        description="Opening hours in local time, by weekday; over midnight and several with a comma between. "
        "Default: none, and is_open is NULL.",
    )
    test_numbers: Annotated[tuple[str, ...], rules.some_of((), "number")] = Field(
        (),
        description="Numbers, the customer's or the agent's, whose conversations are tests; one or a list. "
        "Default: none.",
    )
    abandon_seconds: Annotated[float, rules.number(0, 3600, "seconds", whole=False)] = Field(
        20, description="Voice conversations that are shorter may count as abandoned, 0 to 3600. Default: 20."
    )
    human_per_minute: Annotated[float | None, rules.number(0, 10_000, whole=False)] = _rate("a human")
    agent_per_minute: Annotated[float | None, rules.number(0, 10_000, whole=False)] = _rate("PolyAI's agent")
    currency: Annotated[str, rules.text()] = Field(
        "", description="Currency of the two, as it is shown. Default: none.", examples=["GBP"]
    )
    channel_groups: Annotated[
        Mapping[str, str], kpi_rules.names("channel to group", "{CHAT: webchat}", kpi_rules.CHANNEL_GROUPS)
    ] = Field(
        {},
        description="Channels that are of another group than usual: voice, webchat, messaging, studio or other. "
        "Default: none.",
    )
    site_names: Annotated[
        Mapping[str, str], kpi_rules.names("variant or number to name", "{v-17: Boston}")
    ] = Field(
        {},
        description="Names of sites, by variant (id or name) or by the agent's number. Default: the variant's name.",
    )


class KpiConfig(VariantKpiConfig):
    """The option `kpi` of a project."""

    success_metrics: Annotated[tuple[str, ...], rules.some_of((), "metric")] = Field(
        (),
        description="Metrics that say that a conversation did what it was for: it is never abandoned for being short. "
        "One or a list. Default: none.",
    )
    state_columns: Annotated[Mapping[str, Any], kpi_rules.columns("state", "{customer_id: text}")] = Field(
        {},
        description="Members of the agent's state that become columns of the facts, state_<name>, each with its kind: "
        "text, integer, number, boolean or timestamp. Default: none.",
    )
    metric_columns: Annotated[Mapping[str, Any], kpi_rules.columns("metric", "{BOOKING_VALUE: number}")] = (
        Field(
            {},
            description="Metrics whose last value becomes a column of the facts, metric_<name>, each with its kind. "
            "Default: none.",
        )
    )
    variants: Annotated[Any, rules.anything("mapping from variant to options")] = Field(
        {},
        description="Variants, by id or name, that have options of their own: all but success_metrics, state_columns, "
        "metric_columns and variants. Default: none.",
    )


def read_kpi(document: Document, values: object, raw: object, path: FieldPath) -> KpiSettings:
    """Read the option `kpi`, noting its problems.

    What is read is a model as it is: a rule reads what stands in a file, such as mon-fri, and not what it made of it.
    """
    read = document.section(KpiConfig, values, raw, path, ", such as {timezone: Europe/London}") or {}
    raw_read = raw if isinstance(raw, Mapping) else {}
    listed = read.pop("variants", {})
    if not isinstance(listed, Mapping):
        document.problems.add((*path, "variants"), "must be a mapping from variant to options.")
        listed = {}
    usual = KpiConfig.model_construct(**read)
    own = {
        str(variant): document.section(
            VariantKpiConfig,
            given,
            (raw_read.get("variants") or {}).get(variant),
            (*path, "variants", variant),
            ", such as {timezone: Europe/London}",
        )
        or {}
        for variant, given in listed.items()
    }
    of_variant = {name: value for name, value in read.items() if name in VariantKpiConfig.model_fields}
    return KpiSettings(
        usual=_settings(VariantKpiConfig.model_construct(**of_variant)),
        variants={
            variant: _settings(VariantKpiConfig.model_construct(**(of_variant | given)))
            for variant, given in own.items()
        },
        success_metrics=usual.success_metrics,
        state_columns=usual.state_columns,
        metric_columns=usual.metric_columns,
    )


def _settings(config: VariantKpiConfig) -> VariantSettings:
    given = config.model_dump()
    given["test_numbers"] = tuple(plain(number) for number in config.test_numbers)
    return VariantSettings(**given)
