-- One row per project, path and kind of the rows of `daily`. The share is that of the last week that shows it: what
-- was rare for months and is everywhere since yesterday must be seen to have grown.
SELECT
    project, path, kind,
    CASE WHEN bool_or(severity = 'ERROR') THEN 'ERROR' ELSE 'WARN' END AS severity,
    min(date) AS first_seen,
    max(date) AS last_seen,
    count(DISTINCT date) AS days,
    CAST(sum(count) AS BIGINT) AS count,
    sum(count) FILTER (date > newest - 7) / nullif(sum(total) FILTER (date > newest - 7), 0) AS share,
    coalesce(arg_max(example, date), '') AS example
FROM (SELECT *, max(date) OVER (PARTITION BY project, path, kind) AS newest FROM daily)
GROUP BY project, path, kind
ORDER BY project, path, kind
