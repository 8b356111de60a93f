-- The turns of a project's sampled conversations, in the order in which they were drawn. A conversation without turns in
-- the warehouse has one row. One that has just moved may be on two days: that of its sample counts.
WITH sampled AS (
    SELECT
        drawn.project,
        drawn.date,
        drawn.position,
        drawn.conversation_id,
        known.date AS found_on,
        known.channel
    FROM warehouse.main.qa_samples AS drawn
    LEFT JOIN warehouse.main.conversations AS known USING (project, conversation_id)
    WHERE drawn.project = $project AND drawn.date BETWEEN $since AND $until
    QUALIFY row_number() OVER (
        PARTITION BY drawn.date, drawn.conversation_id ORDER BY known.date = drawn.date DESC NULLS LAST, known.date DESC
    ) = 1
)
SELECT
    sampled.project,
    sampled.date,
    sampled.conversation_id,
    coalesce(sampled.channel, '') AS channel,
    sampled.found_on IS NOT NULL AS is_there,
    turns.turn_index,
    turns.user_input,
    turns.agent_response,
    turns.translated_user_input,
    turns.english_agent_response,
    turns.latency,
    turns.is_ood,
    turns.is_silence,
    turns.barge_in
FROM sampled
LEFT JOIN warehouse.main.turns AS turns
    ON turns.project = sampled.project
    AND turns.date = sampled.found_on
    AND turns.conversation_id = sampled.conversation_id
ORDER BY sampled.date, sampled.position, turns.turn_index
