"""A report's data, drawn from a seed: a page can be made of it without a warehouse."""

import random
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from polyai_assets.report.data import Footnote, ReportData, ReportScope

NAMES = {
    "containment": "Containment",
    "containment_engaged": "Containment, engaged",
    "containment_24h": "Containment, 24 hours",
    "aht": "AHT",
    "aht_agent": "AHT, agent",
    "poly_score_mean": "PolyScore",
    "csat_mean": "CSAT",
    "csat_response_rate": "CSAT response rate",
    "cost_saved": "Cost saved",
    "conversations": "Calls",
    "handoff_rate": "Handoff rate",
    "latency_mean": "Latency",
    "slow_share": "Slow turns",
}
FOOTNOTES = {
    name: Footnote(
        title, f"What {title} counts, and what it leaves out", f"{name}(a, b)", title if "t" in name else ""
    )
    for name, title in NAMES.items()
}


def measured(calls: int, drawn: random.Random, **more: Any) -> dict[str, Any]:
    handoffs = round(calls * drawn.uniform(0.2, 0.3))
    silent, abandoned = round(calls * 0.05), round(calls * 0.04)
    served = calls - handoffs - silent - abandoned
    judged = round(calls * 0.9)
    scored, answers = round(calls * 0.6), round(calls * 0.08)
    return {
        "conversations": calls,
        "not_engaged": silent,
        "handoffs": handoffs,
        "handoff_known": calls,
        "abandoned": abandoned,
        "self_served": served,
        "judged_24h": judged,
        "timed": calls,
        "agent_timed": calls,
        "scored": scored,
        "poly_score_pending": round(calls * 0.1),
        "csat_offered": round(calls * 0.3),
        "csat_answers": answers,
        "measured_turns": calls * 6,
        "function_calls": calls * 2,
        "final": round(calls * 0.9),
        "containment": 1 - handoffs / calls,
        "containment_engaged": served / (served + handoffs),
        "containment_24h": drawn.uniform(0.6, 0.68),
        "contact_unknown_share": 0.1,
        "handoff_rate": handoffs / calls,
        "aht": drawn.uniform(170, 200),
        "aht_agent": drawn.uniform(130, 150),
        "poly_score_mean": drawn.uniform(3.8, 4.4),
        "csat_mean": drawn.uniform(3.6, 4.5),
        "csat_response_rate": drawn.uniform(0.2, 0.3),
        "cost_saved": calls * drawn.uniform(1.4, 1.6),
        "currency": "GBP",
        "latency_mean": drawn.uniform(1.1, 1.6),
        "latency_p50": drawn.uniform(1.0, 1.3),
        "latency_p95": drawn.uniform(2.1, 3.1),
        "slow_share": drawn.uniform(0.06, 0.12),
        "function_error_rate": drawn.uniform(0.01, 0.04),
        **more,
    }


def example(
    days: int = 28,
    projects: Sequence[str] = ("uk-1/acme/hotel-bot", "us-1/acme/booking-bot"),
    sites: Sequence[str] = ("Leeds", "Münchner Straße", "東京駅前店", "فندق القاهرة", "Bournemouth"),
    last: date = date(2026, 11, 29),
    calls: int = 400,
) -> ReportData:
    drawn = random.Random(7)
    scope = ReportScope(tuple(projects), last - timedelta(days=days - 1), last)
    per_day = [
        round(calls * drawn.uniform(0.85, 1.15) * (0.6 if day.weekday() > 4 else 1)) for day in scope.days
    ]
    total = sum(per_day)
    shape = [0, 0, 0, 0, 0, 0.2, 0.6, 2, 6, 11, 14, 13, 11, 12, 13, 12, 10, 8, 5, 3, 2, 1, 0.4, 0.1]
    shares = [1 / (place + 1.5) for place in range(len(sites))]
    return ReportData(
        scope=scope,
        copied_at=datetime(2026, 11, 30, 3, 12, tzinfo=UTC),
        total=measured(total, drawn, currencies=["GBP"]),
        before=measured(round(total * 0.93), drawn),
        same_weekdays=measured(round(total * 0.97), drawn),
        days=[
            measured(
                count,
                drawn,
                business_date=day,
                provisional=last - day < timedelta(days=2),
                restated=day.day == 12,
            )
            for day, count in zip(scope.days, per_day, strict=True)
        ],
        days_before=[
            {
                "business_date": day - timedelta(days=days),
                "conversations": round(calls * drawn.uniform(0.5, 1.1)),
            }
            for day in scope.days
        ],
        hours=[
            {
                "local_weekday": weekday,
                "local_hour": hour,
                "per_hour": strength * (0.4 if weekday > 5 else 1) * drawn.uniform(0.8, 1.2),
                "started": round(strength * 4),
                "peak_concurrent": round(strength),
            }
            for weekday in range(1, 8)
            for hour, strength in enumerate(shape)
            if strength and (days > 1 or weekday == last.isoweekday())
        ],
        projects=[
            measured(total // 2, drawn, project=project, calls_before=total // 2 - 31, low=0.7, high=0.8)
            for project in projects
        ],
        sites=[
            measured(
                max(round(total * share / sum(shares)), 8),
                drawn,
                site=site,
                calls_before=round(total * share / sum(shares) * 0.95),
                low=0.66 + place / 100,
                high=0.86 + place / 100,
            )
            for place, (site, share) in enumerate(zip(sites, shares, strict=True))
        ],
        handoffs=[
            {
                "reason": reason,
                "destination": where,
                "handoffs": count,
                "user_turns": count * 4,
                "asked_at_once": count // 5,
            }
            for reason, where, count in (
                ("caller_asked_for_human", "Front desk", 120),
                ("payment", "Billing", 80),
                ("(none given)", "Front desk", 44),
                ("after_hours", "Voicemail", 12),
            )
        ],
        releases=[
            measured(total // 3, drawn, release=release, project=projects[0], since=since, low=0.2, high=0.3)
            for release, since in (("Winter menu", scope.first), ("Fix of dates, v2", scope.days[days // 2]))
        ],
        functions=[
            {
                "name": name,
                "calls": called,
                "conversations": called // 2,
                "errors": called // 40,
                "timed": called,
                "seconds": called * 0.4,
                "seconds_p95": 1.3,
            }
            for name, called in (("find_booking", 900), ("send_sms", 420), ("check_availability", 300))
        ],
        topics=[
            {
                "topic": topic,
                "conversations": count,
                "handoffs": count // 4,
                "handoff_known": count,
                "csat_answers": count // 12,
                "csat_sum": count // 12 * 4.1,
            }
            for topic, count in (("Parking", 510), ("Breakfast", 340), ("Late check-out", 220), ("Pets", 90))
        ],
        states=[
            {
                "project": project,
                "date": day,
                "state": "provisional"
                if day == last
                else "complete"
                if last - day < timedelta(days=3)
                else "settled",
                "drift": 2 if day.day == 20 else 0,
            }
            for project in projects
            for day in scope.days
        ],
        footnotes=FOOTNOTES,
    )
