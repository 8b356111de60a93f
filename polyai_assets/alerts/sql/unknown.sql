-- One row per project and date of annotations of which it is not known whether they were published.
SELECT
    project, CAST(requested_at AS DATE) AS date, 'annotation_requests' AS path, 'unknown' AS kind, 'ERROR' AS severity,
    count(*) AS count, 0 AS total, '' AS example
FROM warehouse.main.annotation_requests
WHERE state = 'unknown' AND project IN (SELECT unnest($projects))
GROUP BY ALL
