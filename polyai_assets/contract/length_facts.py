"""Facts of a conversation: how much was said in it, and how long it and its turns took."""

from polyai_assets.contract.fact import FactGroup
from polyai_assets.contract.fields import Kind, Pii

INTEGER, NUMBER = Kind.INTEGER, Kind.NUMBER

effort = FactGroup("effort", Pii.NONE)
duration = FactGroup("duration", Pii.NONE)
latency = FactGroup("latency", Pii.NONE)

LENGTH_FACTS = (
    effort("num_turns", INTEGER, "Turns, as PolyAI counts them", "num_turns", addable=True),
    effort(
        "user_turns",
        INTEGER,
        "Turns in which the user said, typed or pressed something",
        "user_turns",
        addable=True,
    ),
    effort(
        "user_words",
        INTEGER,
        "Words of the user",
        "CASE WHEN NOT coalesce(user_unspaced, false) THEN coalesce(user_words, 0) END",
        caveat="NULL where a turn is in a script without blanks, such as Japanese, Chinese or Thai",
        addable=True,
    ),
    effort(
        "agent_words",
        INTEGER,
        "Words of the agent",
        "CASE WHEN NOT coalesce(agent_unspaced, false) THEN coalesce(agent_words, 0) END",
        caveat="NULL as user_words",
        addable=True,
    ),
    effort(
        "num_silences",
        INTEGER,
        "Turns in which the user said nothing, as PolyAI counts",
        "num_silences",
        addable=True,
    ),
    effort("num_ood", INTEGER, "Turns out of the agent's domain, as PolyAI counts", "num_ood", addable=True),
    effort(
        "barge_ins",
        INTEGER,
        "Turns in which the user interrupted the agent",
        "coalesce(barge_ins, 0)",
        addable=True,
    ),
    duration(
        "total_seconds",
        NUMBER,
        "Length of the whole call; its mean is PolyAI's AHT",
        "total_duration",
        unit="seconds",
        caveat="With the human's part where the agent stays bridged (INVITE), without it after REFER or BYE",
        addable=True,
    ),
    duration(
        "agent_seconds",
        NUMBER,
        "Length of the part that the agent handled",
        "polyai_duration",
        unit="seconds",
        addable=True,
    ),
    duration(
        "human_seconds",
        NUMBER,
        "The rest: total_seconds less agent_seconds",
        "human_seconds",
        unit="seconds",
        caveat="0 after REFER or BYE, whoever answered",
        addable=True,
    ),
    latency("first_latency", NUMBER, "Latency of the first turn", "first_latency", unit="seconds"),
    latency(
        "latency_p50",
        NUMBER,
        "Median latency of the turns after the first",
        "latencies[1]",
        unit="seconds",
        caveat="Percentiles are not to be averaged over conversations",
    ),
    latency(
        "latency_p95",
        NUMBER,
        "95th percentile of the latency of the turns after the first",
        "latencies[2]",
        unit="seconds",
        caveat="Percentiles are not to be averaged over conversations",
    ),
    latency(
        "latency_max", NUMBER, "Longest latency of the turns after the first", "latency_max", unit="seconds"
    ),
    latency(
        "latency_sum",
        NUMBER,
        "Sum of the latency of the turns after the first",
        "latency_sum",
        unit="seconds",
        caveat="Divide by measured_turns",
        addable=True,
    ),
    latency(
        "measured_turns",
        INTEGER,
        "Turns after the first that have a latency",
        "coalesce(measured_turns, 0)",
        addable=True,
    ),
    latency(
        "slow_turns",
        INTEGER,
        "Turns after the first of more than 2 s",
        "coalesce(slow_turns, 0)",
        addable=True,
    ),
)
"""The columns of `conversation_facts` on length and latency, each with its formula."""
