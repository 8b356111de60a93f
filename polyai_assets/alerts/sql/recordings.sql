-- One row per project and date on which recordings could not be fetched.
SELECT
    project, date, 'recordings' AS path, 'failed' AS kind, 'ERROR' AS severity,
    count(*) FILTER (status = 'failed') AS count, count(*) AS total, '' AS example
FROM warehouse.main.audio
WHERE project IN (SELECT unnest($projects))
GROUP BY project, date
HAVING count > 0
