-- Calls, containment and AHT of each site by local day
-- A day is compared with the same weekday a week before, the line of all days with as many days before. containment is
-- the share of calls without a handoff, as PolyAI's dashboard counts it; aht is in seconds.
WITH days AS (
    SELECT
        project, site, business_date, conversations, contained, handoff_known, total_seconds, timed, provisional,
        business_date >= $since AS is_asked
    FROM daily_kpis
    WHERE level = 'site' AND ($project::VARCHAR IS NULL OR project = $project)
    AND business_date BETWEEN least($since - 7, $since - ($until - $since + 1)::INTEGER) AND $until
),
totals AS (
    SELECT
        project, site, NULL::DATE AS business_date,
        sum(conversations) FILTER (is_asked) AS calls,
        coalesce(sum(conversations) FILTER (business_date BETWEEN $since - ($until - $since + 1)::INTEGER AND $since - 1), 0)
            AS calls_before,
        containment(sum(contained) FILTER (is_asked), sum(handoff_known) FILTER (is_asked)) AS containment,
        aht(sum(total_seconds) FILTER (is_asked), sum(timed) FILTER (is_asked)) AS aht,
        bool_or(provisional) FILTER (is_asked) AS provisional
    FROM days
    GROUP BY ALL
    HAVING calls > 0
),
daily AS (
    SELECT
        today.project, today.site, today.business_date, today.conversations AS calls,
        coalesce(before.conversations, 0) AS calls_before,
        containment(today.contained, today.handoff_known) AS containment,
        aht(today.total_seconds, today.timed) AS aht,
        today.provisional
    FROM days today
    LEFT JOIN days before
        ON before.project = today.project AND before.site IS NOT DISTINCT FROM today.site
        AND before.business_date = today.business_date - 7
    WHERE today.is_asked
)
SELECT
    project,
    coalesce(site, '(none)') AS site,
    coalesce(business_date::VARCHAR, 'all days') AS day,
    calls::BIGINT AS calls,
    calls_before::BIGINT AS calls_before,
    calls / nullif(calls_before, 0) - 1 AS change,
    containment,
    aht,
    CASE WHEN provisional THEN 'provisional' ELSE '' END AS state
FROM (FROM totals UNION ALL FROM daily)
ORDER BY project, site, day DESC
