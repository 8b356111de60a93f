-- One row per project, date, path and kind of drift.
SELECT project, date, path, kind, severity, count, total, example
FROM warehouse.main.schema_drift
WHERE project IN (SELECT unnest($projects))
