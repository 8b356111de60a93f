-- The functions that the agent called in calls of the local days from $first to $last.
SELECT
    calls.project, business_date, name,
    count(*) AS calls,
    count(DISTINCT conversation_id) AS conversations,
    count(*) FILTER (error <> '') AS errors,
    count(duration) AS timed,
    sum(duration) AS seconds,
    quantile_cont(duration, 0.5) AS seconds_p50,
    quantile_cont(duration, 0.95) AS seconds_p95
FROM function_events JOIN calls USING (project, date, conversation_id)
WHERE business_date BETWEEN $first AND $last
GROUP BY ALL
ORDER BY calls.project, business_date, name
