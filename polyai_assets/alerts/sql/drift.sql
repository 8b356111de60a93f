-- One row per project, date, path and kind of drift, but what people have accepted.
SELECT project, date, path, kind, severity, count, total, example
FROM warehouse.main.schema_drift
WHERE project IN (SELECT unnest($projects))
AND (project, date, path, kind) NOT IN (SELECT (project, date, path, kind) FROM accepted_drift)
