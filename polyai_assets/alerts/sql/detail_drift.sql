-- One row per project, date, path and kind of drift of the details.
SELECT project, date, path, kind, severity, count, total, example
FROM warehouse.main.detail_drift
WHERE project IN (SELECT unnest($projects))
