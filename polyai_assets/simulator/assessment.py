"""What PolyAI adds to a conversation once it is over: a score after some days, a summary after minutes, tags."""

from polyai_assets.simulator.agent_conversation import Conversation
from polyai_assets.simulator.moments import DAY, SECOND, parsed

SUMMARY_AFTER = 300 * SECOND
SCORE_AFTER = 2 * DAY
SCORE_AT_LATEST_AFTER = 7 * DAY
# Nobody says whether the day of the conversation or of the scoring counts; here it is the conversation's.
ONE_TO_FIVE_SINCE = parsed("2026-07-28T00:00:00Z")

IS_NEVER_SCORED = 0.08
IS_TAGGED = 0.2
TAGS = ("needs-review", "repeat-caller", "complaint", "training-example")


def poly_score(conversation: Conversation) -> float | None:
    """Return the PolyScore, 1 to 5 in halves, or 0 to 10 for older conversations; None while there is none."""
    delay = SCORE_AFTER + conversation.share("score delay") * (SCORE_AT_LATEST_AFTER - SCORE_AFTER)
    if conversation.ended is None or conversation.now < conversation.ended + delay:
        return None
    if len(conversation.turns) < 2 or conversation.share("scored") < IS_NEVER_SCORED:
        return None
    quality = min(max(_quality(conversation), 0.0), 1.0)
    if conversation.entry.started >= ONE_TO_FIVE_SINCE:
        return round(2 + 8 * quality) / 2
    return float(round(10 * quality))


def tags(conversation: Conversation) -> list[str]:
    """Return the tags, most often none."""
    if conversation.ended is None or conversation.share("tagged") >= IS_TAGGED:
        return []
    first = int(conversation.share("tag") * len(TAGS))
    several = conversation.share("several tags") < 0.25
    return [TAGS[first], TAGS[(first + 1) % len(TAGS)]] if several else [TAGS[first]]


def short_summary(conversation: Conversation) -> dict[str, str] | None:
    """Return `{heading, content}`; None until some minutes after the end, and where nothing was said."""
    flow, record = conversation.metric("FLOW"), conversation.record
    is_late = conversation.ended is not None and conversation.now >= conversation.ended + SUMMARY_AFTER
    if not is_late or not flow or len(conversation.turns) < 2:
        return None
    wish = _words(flow[0]).removeprefix("chat ")
    if record.get("handoff"):
        queue, reason = _words(record.get("handoff_destination")), _words(record.get("handoff_reason"))
        end = f"was transferred to {queue}: {reason}"
    elif conversation.metric("CONTAINED"):
        end = "got what they wanted from the agent"
    else:
        end = "left before that was settled"
    content = f"A customer contacted the {conversation.project.business} about {wish}, and {end}."
    return {"heading": wish.capitalize(), "content": content}


def _quality(conversation: Conversation) -> float:
    disturbances = [turn for turn in conversation.turns if turn.get("is_ood") or turn.get("is_silence")]
    return (
        0.95
        - 0.3 * bool(conversation.record.get("handoff"))
        - 0.25 * (not conversation.metric("CONTAINED"))
        - 0.1 * len(disturbances)
        - 0.3 * conversation.share("quality")
    )


def _words(name: object) -> str:
    return str(name).replace("_", " ")
