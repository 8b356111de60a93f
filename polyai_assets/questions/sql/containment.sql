-- Containment in its three readings
-- dashboard is PolyAI's: calls without a handoff, hang-ups and silent calls among them. engaged leaves those out. 24 hours
-- and 7 days count a call only if its contact did not call again; they speak of calls with a known contact alone, and
-- contact_unknown is the share of all calls that have none. low and high are the bounds of 95 %.
WITH summed AS (
    SELECT
        project,
        business_date >= $since AS is_asked,
        sum(conversations) AS conversations, sum(contact_unknown) AS contact_unknown,
        [
            {'reading': 'dashboard', 'k': sum(contained), 'n': sum(handoff_known)},
            {'reading': 'engaged', 'k': sum(self_served), 'n': sum(self_served + handoffs)},
            {'reading': '24 hours', 'k': sum(contained_24h), 'n': sum(judged_24h)},
            {'reading': '7 days', 'k': sum(contained_7d), 'n': sum(judged_7d)}
        ] AS readings
    FROM daily_kpis
    WHERE level = 'project' AND ($project::VARCHAR IS NULL OR project = $project)
    AND business_date BETWEEN $since - ($until - $since + 1)::INTEGER AND $until
    GROUP BY ALL
),
listed AS (
    SELECT * EXCLUDE (readings), unnest(readings, recursive := true), unnest(range(4)) AS place FROM summed
)
SELECT
    project,
    reading,
    if_enough(k / nullif(n, 0), n, 50) AS containment,
    if_enough(wilson_low(k, n), n, 50) AS low,
    if_enough(wilson_high(k, n), n, 50) AS high,
    n::BIGINT AS calls,
    if_enough(before_k / nullif(before_n, 0), before_n, 50) AS period_before,
    contact_unknown / nullif(conversations, 0) AS contact_unknown,
    CASE WHEN n < 50 THEN 'fewer than 50 calls' ELSE '' END AS note
FROM (FROM listed WHERE is_asked) now
LEFT JOIN (SELECT project, reading, k AS before_k, n AS before_n FROM listed WHERE NOT is_asked) before
USING (project, reading)
ORDER BY project, place
