"""The facts of a record, reckoned in plain Python from what the API sent: what SQL has to come to by another road."""

import json
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from polyai_assets.warehouse.facts.settings import KpiSettings, VariantSettings

NOBODY = {"redacted", "anonymous", "unknown", "restricted", "private", "withheld", "unavailable"}
ID_KINDS = {
    "CA0a": "call",
    "OUT-": "outbound",
    "AS_CHAT_": "studio",
    "TW_SMS_": "sms",
    "LOCAL-": "local",
    "KA-": "ka",
}
"""By how an id begins; those of calls that are planted begin all the same."""
UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]")


def reckon(record: dict[str, Any], kpi: KpiSettings) -> dict[str, Any]:
    """Give the facts that need no more than the record and the settings."""
    settings = kpi.variants.get(record.get("variant_id", "")) or kpi.variants.get(
        record.get("variant_name", "")
    )
    settings = settings or kpi.usual
    name, turns = record["id"], record.get("turns") or []
    spoken = [turn for turn in turns if turn.get("user_input", "").strip() or turn.get("user_input_dtmf")]
    running, handoff = record["in_progress"], record.get("handoff")
    group = _group(record, settings)
    total, agent = record.get("total_duration"), record.get("polyai_duration")
    metrics = {
        key: value if isinstance(value, list) else [value] for key, value in record.get("metrics", {}).items()
    }
    outbound = name.startswith("OUT-")
    customer, ours = record.get("from_number", ""), record.get("to_number", "")
    if outbound:
        customer, ours = ours, customer
    kind, contact = _contact(customer.strip(), _plain(ours))
    rule = _test_rule(
        record, group, {contact, _plain(customer.strip()), _plain(ours)} & set(settings.test_numbers)
    )
    abandoned = (
        _abandoned(group, settings, metrics, kpi, total) if spoken and not running and not handoff else None
    )
    human = None if total is None or agent is None else max(total - agent, 0)
    start = datetime.fromisoformat(record["started_at"])
    contained = None if running or handoff is None else not handoff
    score = _number(metrics.get("CSAT_SCORE", [None])[-1])
    return {
        **_time(start, settings),
        **_effort(turns),
        **_latency(turns),
        "finished_at": None if running or total is None else start + timedelta(seconds=total),
        "channel_group": group,
        "id_kind": next((kind for begin, kind in ID_KINDS.items() if name.startswith(begin)), "other"),
        "direction": "outbound" if outbound else "inbound",
        "site": settings.site_names.get(record.get("variant_name") or "?")
        or settings.site_names.get(ours)
        or record.get("variant_name")
        or record.get("variant_id")
        or None,
        "contact_kind": kind,
        "contact": contact,
        "test_rule": rule,
        "is_test": rule is not None,
        "user_turns": len(spoken),
        "is_engaged": bool(spoken),
        "human_seconds": human,
        "turns_before_handoff": len(spoken) if handoff else None,
        "asked_at_once": len(spoken) <= 1 if handoff else None,
        "abandon_rule": abandoned,
        "outcome": "in progress"
        if running
        else "handoff"
        if handoff
        else "not engaged"
        if not spoken
        else "abandoned"
        if abandoned
        else "self-served",
        "contained_dashboard": contained,
        "csat_offered": _flag(metrics.get("CSAT_OFFERED")),
        "csat_completed": _flag(metrics.get("CSAT_COMPLETED")),
        "csat_score": score if score is not None and 1 <= score <= 5 else None,
        "cost_agent": _money(agent, settings.agent_per_minute),
        "cost_human": _money(human, settings.human_per_minute) if handoff else None,
        "cost_saved": _money(agent, (settings.human_per_minute or 0) - (settings.agent_per_minute or 0))
        if contained and settings.human_per_minute is not None
        else None,
        **_configured(record, metrics),
        "misfits": _misfits(record, metrics, score),
    }


def _group(record: dict[str, Any], settings: VariantSettings) -> str:
    channel = record["channel"]
    if record["id"].startswith("AS_CHAT_"):
        return "studio"
    usual = {"WEBCHAT": "webchat", "CHAT": "studio", "SMS": "messaging", "RCS": "messaging"}
    return settings.channel_groups.get(channel) or (
        "voice" if channel.startswith("VOICE") else usual.get(channel, "other")
    )


def _plain(number: str) -> str:
    digits = re.sub(r"[\s().-]", "", number)
    return "+" + digits[2:] if digits.startswith("00") else digits


def _contact(customer: str, ours: str) -> tuple[str, str | None]:
    if not customer:
        return "none", None
    if customer.lower() in NOBODY:
        return "withheld", None
    number = re.fullmatch(r"(?:(?:sip|tel):)?(\+?[0-9]{5,15})(?:@.*)?", _plain(customer), re.IGNORECASE)
    if number:
        return "phone", _international(number[1], ours)
    return ("email", customer.lower()) if "@" in customer else ("id", customer)


def _international(number: str, ours: str) -> str:
    """Give a number with its country code, as far as that of ours (here: of America or of Britain) says it."""
    ours = re.sub("^(sip|tel):|^(?=[1-9][0-9]{10,14}$)", "+", ours).replace("++", "+")
    if number.startswith("+"):
        return number
    if ours.startswith("+1") and len(number.removeprefix("1")) == 10 and number[0] != "0":
        return "+1" + number.removeprefix("1")
    if ours.startswith("+44") and number.startswith("0"):
        return "+44" + number[1:]
    return "+" + number if len(number) > 11 and number[0] != "0" else number


def _test_rule(record: dict[str, Any], group: str, listed: set[str | None]) -> str | None:
    if record["environment"] not in ("live", ""):
        return "environment"
    return "studio" if group == "studio" else "number" if listed else None


def _abandoned(
    group: str,
    settings: VariantSettings,
    metrics: dict[str, list[Any]],
    kpi: KpiSettings,
    total: float | None,
) -> str | None:
    if _flag(metrics.get("CHAT_ABANDONED")):
        return "chat metric"
    succeeded = any(
        str(value).lower() not in ("false", "0", "")
        for name in kpi.success_metrics
        for value in metrics.get(name, [])
    )
    short = group == "voice" and total is not None and total < settings.abandon_seconds
    return "short" if short and not succeeded else None


def _time(start: datetime, settings: VariantSettings) -> dict[str, Any]:
    local = start.astimezone(ZoneInfo(settings.timezone))
    minute = local.hour * 60 + local.minute
    hours = settings.opening_hours
    return {
        "started_at": start,
        "business_date": local.date(),
        "local_hour": local.hour,
        "local_weekday": local.isoweekday(),
        "utc_offset_minutes": int((local.utcoffset() or timedelta()) / timedelta(minutes=1)),
        "is_open": None
        if hours is None
        else any(since <= minute < until for since, until in hours.get(local.isoweekday(), ())),
    }


def _words(texts: Sequence[str]) -> int | None:
    if any(UNSPACED.search(text) for text in texts):
        return None
    return sum(len([word for word in re.split("[ \t\n\r]+", text) if word]) for text in texts)


def _effort(turns: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {
        "user_words": _words([turn.get("user_input", "") for turn in turns]),
        "agent_words": _words([turn.get("agent_response", "") for turn in turns]),
        "barge_ins": sum(turn.get("barge_in") is True for turn in turns),
        "intents": sorted({intent for turn in turns for intent in turn.get("intents", [])}),
    }


def _latency(turns: Sequence[dict[str, Any]]) -> dict[str, Any]:
    latencies = [turn.get("latency") for turn in turns]
    known = sorted(latency for latency in latencies[1:] if latency is not None)
    return {
        "first_latency": latencies[0] if latencies else None,
        "latency_p50": _quantile(known, 0.5),
        "latency_p95": _quantile(known, 0.95),
        "latency_max": known[-1] if known else None,
        "latency_sum": sum(known) if known else None,
        "measured_turns": len(known),
        "slow_turns": sum(latency > 2 for latency in known),
    }


def _quantile(values: Sequence[float], share: float) -> float | None:
    if not values:
        return None
    place = share * (len(values) - 1)
    below = int(place)
    above = min(below + 1, len(values) - 1)
    return values[below] + (values[above] - values[below]) * (place - below)


def _flag(values: list[Any] | None) -> bool | None:
    return None if values is None else any(str(value).lower() in ("true", "1") for value in values)


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def _money(seconds: float | None, rate: float | None) -> float | None:
    return None if seconds is None or rate is None else seconds / 60 * rate


def _configured(record: dict[str, Any], metrics: dict[str, list[Any]]) -> dict[str, Any]:
    """Give the columns that the planted settings add: a text and a number of the state, and a number of a metric."""
    state = record.get("state") or {}
    value = metrics.get("BOOKING VALUE", [None])[-1]
    customer = state.get("customer_id")
    return {
        "state_customer_id": customer if customer is None or isinstance(customer, str) else _json(customer),
        "state_age": _plain_number(state.get("age")),
        "metric_booking_value": _number(value),
    }


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _plain_number(value: Any) -> float | None:
    return None if isinstance(value, bool | list | dict) else _number(value)


def _misfits(record: dict[str, Any], metrics: dict[str, list[Any]], score: float | None) -> int:
    of_score = "CSAT_SCORE" in metrics and not (score is not None and 1 <= score <= 5)
    age, value = (record.get("state") or {}).get("age"), metrics.get("BOOKING VALUE", [None])[-1]
    return (
        of_score
        + (age is not None and _plain_number(age) is None)
        + (value is not None and _number(value) is None)
    )
