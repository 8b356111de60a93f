-- Per project since a date. Contained: finished without being handed off.
WITH counted AS (
    SELECT project, count(*) AS turns
    FROM turns
    WHERE date >= $1
    GROUP BY project
)
SELECT
    conversations.project,
    count(*) AS conversations,
    any_value(coalesce(counted.turns, 0)) AS turns,
    avg(handoff::INTEGER) FILTER (NOT in_progress) AS handoff_rate,
    avg((NOT handoff)::INTEGER) FILTER (NOT in_progress) AS contained,
    avg(total_duration) FILTER (NOT in_progress) AS mean_duration
FROM conversations
LEFT JOIN counted USING (project)
WHERE date >= $1
GROUP BY ALL
ORDER BY ALL
