-- The load of every local hour from $first to $last. What goes on at once is counted by a sweep over starts and ends: a
-- call that is going on when an hour begins is counted there by a mark at each quarter of an hour, at which all hours
-- of the world begin. A length of more than a day is none.
WITH
near AS (
    SELECT project, site, timezone, started_at, finished_at
    FROM calls
    WHERE business_date BETWEEN $first - 2 AND $last
),
timed AS (FROM near WHERE finished_at > started_at AND finished_at <= started_at + INTERVAL 24 HOUR),
marks AS (
    SELECT project, site, timezone, started_at AS moment, 1 AS change FROM timed
    UNION ALL
    SELECT project, site, timezone, finished_at, -1 FROM timed
    UNION ALL
    SELECT project, site, timezone, unnest(generate_series(
        time_bucket(INTERVAL 15 MINUTE, started_at) + INTERVAL 15 MINUTE,
        finished_at - INTERVAL 1 MICROSECOND,
        INTERVAL 15 MINUTE
    )), 0
    FROM timed
),
levelled AS (
    SELECT 'site' AS level, site, * EXCLUDE (site) FROM marks
    UNION ALL
    SELECT 'project' AS level, NULL AS site, * EXCLUDE (site) FROM marks
),
running AS (
    SELECT
        *,
        -- of what is at the same moment, ends come first, then starts, then marks
        sum(change) OVER (
            PARTITION BY project, level, site
            ORDER BY moment, CASE change WHEN -1 THEN 0 WHEN 1 THEN 1 ELSE 2 END
            ROWS UNBOUNDED PRECEDING
        ) AS concurrent
    FROM levelled
),
quarters AS (
    SELECT project, level, site, timezone, epoch_us(moment) // 900000000 AS quarter, max(concurrent) AS concurrent
    FROM running
    GROUP BY ALL
    HAVING max(concurrent) > 0
),
peaks AS (
    SELECT
        project, level, site, CAST(local_at AS DATE) AS business_date, hour(local_at) AS local_hour,
        max(concurrent) AS peak_concurrent
    FROM (SELECT *, timezone(timezone, to_timestamp(quarter * 900)) AS local_at FROM quarters)
    GROUP BY ALL
),
starts AS (
    SELECT
        project, CASE WHEN grouping(site) = 0 THEN 'site' ELSE 'project' END AS level, site, business_date, local_hour,
        count(*) AS started
    FROM calls
    WHERE business_date BETWEEN $first AND $last
    GROUP BY GROUPING SETS ((project, site, business_date, local_hour), (project, business_date, local_hour))
),
zones AS (
    SELECT
        project, CASE WHEN grouping(site) = 0 THEN 'site' ELSE 'project' END AS level, site, min(timezone) AS timezone
    FROM near
    GROUP BY GROUPING SETS ((project, site), (project))
),
hours AS (
    SELECT timezone, CAST(local_at AS DATE) AS business_date, hour(local_at) AS local_hour, 15 * count(*) AS minutes
    FROM (
        SELECT timezone, timezone(timezone, moment) AS local_at
        FROM (SELECT DISTINCT timezone FROM near),
        (SELECT unnest(generate_series(
            timezone('UTC', CAST($first - 1 AS TIMESTAMP)),
            timezone('UTC', CAST($last + 2 AS TIMESTAMP)),
            INTERVAL 15 MINUTE
        )) AS moment)
    )
    GROUP BY ALL
),
loaded AS (
    SELECT
        coalesce(peaks.project, starts.project) AS project,
        coalesce(peaks.business_date, starts.business_date) AS business_date,
        coalesce(peaks.local_hour, starts.local_hour) AS local_hour,
        coalesce(peaks.level, starts.level) AS level,
        coalesce(peaks.site, starts.site) AS site,
        coalesce(started, 0) AS started,
        peak_concurrent
    FROM peaks
    FULL JOIN starts
        ON (peaks.project, peaks.level, peaks.business_date, peaks.local_hour)
            = (starts.project, starts.level, starts.business_date, starts.local_hour)
        AND peaks.site IS NOT DISTINCT FROM starts.site
)
SELECT loaded.*, minutes
FROM loaded
JOIN zones
    ON (zones.project, zones.level) = (loaded.project, loaded.level) AND zones.site IS NOT DISTINCT FROM loaded.site
JOIN hours
    ON (hours.timezone, hours.business_date, hours.local_hour)
        = (zones.timezone, loaded.business_date, loaded.local_hour)
WHERE loaded.business_date BETWEEN $first AND $last
ORDER BY loaded.project, loaded.business_date, loaded.local_hour, loaded.level, loaded.site
