-- The topics of the calls of the local days from $first to $last. A call counts once in each.
WITH looked_up AS (
    SELECT
        calls.project, business_date, topic, conversation_id, count(*) AS lookups,
        any_value(handoff) AS handoff, any_value(csat_score) AS csat_score
    FROM turn_topics JOIN calls USING (project, date, conversation_id)
    WHERE business_date BETWEEN $first AND $last
    GROUP BY ALL
)
SELECT
    project, business_date, topic,
    count(*) AS conversations,
    sum(lookups) AS lookups,
    count(*) FILTER (handoff) AS handoffs,
    count(handoff) AS handoff_known,
    count(csat_score) AS csat_answers,
    sum(csat_score) AS csat_sum
FROM looked_up
GROUP BY ALL
ORDER BY project, business_date, topic
