-- One row per project, date, path and kind of drift of the details, but what people have accepted.
SELECT project, date, path, kind, severity, count, total, example
FROM warehouse.main.detail_drift
WHERE project IN (SELECT unnest($projects))
AND (project, date, path, kind) NOT IN (SELECT (project, date, path, kind) FROM accepted_drift)
