-- Functions that the agent calls: how often they fail, and how long they take
-- error_rate is the share of calls of the function that failed, low and high its bounds of 95 %. p50 and p95 are seconds
-- that half, and 95 of 100, took at most. Only days with details know of functions.
SELECT
    calls.project,
    name,
    count(*) AS times,
    count(DISTINCT conversation_id) AS calls,
    count(*) FILTER (error <> '') AS errors,
    errors / times AS error_rate,
    wilson_low(errors, times) AS low,
    wilson_high(errors, times) AS high,
    quantile_cont(duration, 0.5) AS p50,
    quantile_cont(duration, 0.95) AS p95,
    sum(duration) AS seconds
FROM function_events JOIN calls USING (project, date, conversation_id)
WHERE ($project::VARCHAR IS NULL OR calls.project = $project) AND business_date BETWEEN $since AND $until
GROUP BY calls.project, name
ORDER BY calls.project, errors DESC, p95 DESC, name
