-- The calls of the local days from $first to $last, at each level.
WITH
latencies AS (
    SELECT
        project, business_date, channel_group, direction, site, {level} AS level,
        quantile_cont(latency, [0.5, 0.95]) AS percentiles
    FROM measured
    GROUP BY GROUPING SETS ({levels})
),
first_latencies AS (
    SELECT
        project, business_date, channel_group, direction, site, {level} AS level,
        quantile_cont(first_latency, 0.5) AS first_latency_p50
    FROM calls
    WHERE business_date BETWEEN $first AND $last
    GROUP BY GROUPING SETS ({levels})
),
parts AS MATERIALIZED (
    SELECT
        project, business_date, channel_group, direction, site,
        {measures},
        max(restated_at) AS restated_at
    FROM calls
    WHERE business_date BETWEEN $first AND $last
    GROUP BY ALL
),
counted AS (
    SELECT
        project, business_date, channel_group, direction, site, {level} AS level,
        {sums},
        max(restated_at) AS restated_at
    FROM parts
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
SELECT
    counted.*, first_latency_p50, percentiles[1] AS latency_p50, percentiles[2] AS latency_p95, peak_concurrent,
    provisional
FROM counted
JOIN first_latencies
    ON (first_latencies.project, first_latencies.business_date, first_latencies.level)
        = (counted.project, counted.business_date, counted.level)
    AND first_latencies.channel_group IS NOT DISTINCT FROM counted.channel_group
    AND first_latencies.direction IS NOT DISTINCT FROM counted.direction
    AND first_latencies.site IS NOT DISTINCT FROM counted.site
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
