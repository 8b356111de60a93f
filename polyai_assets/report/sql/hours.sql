-- Calls that begin in a mean hour, by weekday and local hour, from $first to $last. A day on which clocks are put back has an
-- hour of 120 minutes; a day that is not loaded has none.
WITH
loaded AS (
    SELECT project, isodow(date) AS local_weekday, count(*) AS days
    FROM partitions
    WHERE list_contains($projects, project) AND date BETWEEN $first AND $last
    GROUP BY ALL
),
hours AS (
    SELECT
        project, isodow(business_date) AS local_weekday, local_hour,
        sum(started) AS started, max(peak_concurrent) AS peak_concurrent, sum(minutes - 60) / 60 AS more_hours,
        count(DISTINCT business_date) AS days
    FROM hourly_load
    WHERE level = 'project' AND list_contains($projects, project) AND business_date BETWEEN $first AND $last
    GROUP BY ALL
)
SELECT
    local_weekday, local_hour,
    sum(started) AS started,
    max(peak_concurrent) AS peak_concurrent,
    sum(started / (greatest(hours.days, coalesce(loaded.days, 0)) + more_hours)) AS per_hour
FROM hours LEFT JOIN loaded USING (project, local_weekday)
GROUP BY ALL
ORDER BY ALL
