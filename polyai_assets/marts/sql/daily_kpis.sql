-- The calls of the local days from $first to $last, at each level.
WITH
latencies AS (
    SELECT
        project, business_date, channel_group, direction, site, {level} AS level,
        quantile_cont(latency, 0.5) AS latency_p50, quantile_cont(latency, 0.95) AS latency_p95
    FROM measured
    GROUP BY GROUPING SETS ({levels})
),
counted AS (
    SELECT
        project, business_date, channel_group, direction, site, {level} AS level,
        {measures},
        max(restated_at) AS restated_at
    FROM calls
    WHERE business_date BETWEEN $first AND $last
    GROUP BY GROUPING SETS ({levels})
),
busiest AS (
    SELECT project, business_date, level, site, max(peak_concurrent) AS peak_concurrent
    FROM hourly_load
    WHERE business_date BETWEEN $first AND $last
    GROUP BY ALL
),
-- the UTC days that a local day touches, of those zones in which the project has calls
touched AS (
    SELECT DISTINCT project, business_date, unnest([
        CAST(timezone('UTC', timezone(timezone, CAST(business_date AS TIMESTAMP))) AS DATE),
        CAST(timezone('UTC', timezone(timezone, CAST(business_date + 1 AS TIMESTAMP)) - INTERVAL 1 SECOND) AS DATE)
    ]) AS date
    FROM calls
    WHERE business_date BETWEEN $first AND $last
),
states AS (
    SELECT project, business_date, NOT bool_and(coalesce(is_settled, false)) AS provisional
    FROM touched LEFT JOIN partitions USING (project, date)
    GROUP BY ALL
)
SELECT counted.*, latency_p50, latency_p95, peak_concurrent, provisional
FROM counted
LEFT JOIN latencies
    ON (latencies.project, latencies.business_date, latencies.level)
        = (counted.project, counted.business_date, counted.level)
    AND latencies.channel_group IS NOT DISTINCT FROM counted.channel_group
    AND latencies.direction IS NOT DISTINCT FROM counted.direction
    AND latencies.site IS NOT DISTINCT FROM counted.site
LEFT JOIN busiest
    ON (busiest.project, busiest.business_date, busiest.level)
        = (counted.project, counted.business_date, counted.level)
    AND busiest.site IS NOT DISTINCT FROM counted.site
JOIN states ON (states.project, states.business_date) = (counted.project, counted.business_date)
ORDER BY counted.project, counted.business_date, counted.level, counted.channel_group, counted.direction, counted.site
