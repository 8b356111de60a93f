-- One row per project, path and kind of the rows of `daily`; `days` are those that were loaded. The share is that of the
-- last week that shows it: what was rare for months and is everywhere since yesterday must be seen to have grown. The
-- last stretch begins after three loaded days that do not show it.
, loaded AS (
    SELECT project, date, row_number() OVER (PARTITION BY project ORDER BY date) AS place FROM days
),
placed AS (
    SELECT
        daily.*,
        max(date) OVER (PARTITION BY project, path, kind) AS newest,
        place - lag(place) OVER (PARTITION BY project, path, kind ORDER BY date) AS step
    FROM daily LEFT JOIN loaded USING (project, date)
)
SELECT
    project, path, kind,
    CASE WHEN bool_or(severity = 'ERROR') THEN 'ERROR' ELSE 'WARN' END AS severity,
    min(date) AS first_seen,
    max(date) AS last_seen,
    coalesce(max(date) FILTER (step > 3), min(date)) AS began,
    count(DISTINCT date) AS days,
    CAST(sum(count) AS BIGINT) AS count,
    sum(count) FILTER (date > newest - 7) / nullif(sum(total) FILTER (date > newest - 7), 0) AS share,
    coalesce(arg_max(example, date), '') AS example
FROM placed
GROUP BY project, path, kind
ORDER BY project, path, kind
