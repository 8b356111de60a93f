-- Functions that the agent calls: how often they fail, and how long they take
-- error_rate is the share of calls of the function that failed, low and high its bounds of 95 %. p50 and p95 are seconds
-- that half, and 95 of 100, took at most. Only days with details know of functions.
WITH counted AS (
    SELECT
        project, name, sum(calls)::BIGINT AS times, sum(conversations)::BIGINT AS calls, sum(errors)::BIGINT AS errors,
        sum(seconds) AS seconds
    FROM function_daily
    WHERE ($project::VARCHAR IS NULL OR project = $project) AND business_date BETWEEN $since AND $until
    GROUP BY project, name
),
others AS (
    SELECT project, date, conversation_id
    FROM conversation_facts
    WHERE is_test OR in_progress OR (business_date BETWEEN $since AND $until) IS NOT TRUE
),
timed AS (
    SELECT project, name, quantile_cont(duration, [0.5, 0.95]) AS percentiles
    FROM function_events ANTI JOIN others USING (project, date, conversation_id)
    WHERE ($project::VARCHAR IS NULL OR project = $project) AND date BETWEEN $since - 2 AND $until + 2
    GROUP BY project, name
)
SELECT
    project, name, times, calls, errors,
    errors / times AS error_rate,
    wilson_low(errors, times) AS low,
    wilson_high(errors, times) AS high,
    percentiles[1] AS p50,
    percentiles[2] AS p95,
    seconds
FROM counted LEFT JOIN timed USING (project, name)
ORDER BY project, errors DESC, p95 DESC, name
