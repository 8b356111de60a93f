CREATE VIEW metric_catalog AS
WITH met AS (
    SELECT
        project, name, min(business_date) AS first_seen, max(business_date) AS last_seen,
        sum(conversations)::BIGINT AS conversations,
        list_filter([
            CASE WHEN sum(numbers) > 0 THEN 'number' END,
            CASE WHEN sum(booleans) > 0 THEN 'boolean' END,
            CASE WHEN sum(texts) > 0 THEN 'text' END
        ], lambda kind: kind IS NOT NULL) AS kinds,
        max(distinct_values) AS distinct_values
    FROM metric_daily
    GROUP BY project, name
)
SELECT
    project, name,
    CASE WHEN list_contains({platform}, name) OR starts_with(name, 'REPEAT_CALLER_') THEN 'platform' ELSE 'custom' END AS origin,
    first_seen, last_seen, conversations,
    conversations / (
        SELECT sum(days.conversations) FROM daily_kpis days
        WHERE days.project = met.project AND days.level = 'project' AND days.business_date >= met.first_seen
    ) AS share,
    kinds, distinct_values
FROM met
ORDER BY project, conversations DESC, name;
COMMENT ON VIEW metric_catalog IS
    'One row per project and metric of its calls: whose it is, since when, in which share of the calls since, and of which kinds its values are. distinct_values is the most on one day.'
