SELECT
    topic, sum(conversations) AS conversations, sum(handoffs) AS handoffs, sum(handoff_known) AS handoff_known,
    sum(csat_answers) AS csat_answers, sum(csat_sum) AS csat_sum
FROM topic_daily
WHERE list_contains($projects, project) AND business_date BETWEEN $first AND $last
GROUP BY ALL
ORDER BY conversations DESC, topic
