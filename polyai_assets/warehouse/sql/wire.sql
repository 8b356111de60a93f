-- One row per record of the batch: its wire values, nested. A record that DuckDB cannot read comes out NULL.
CREATE OR REPLACE TEMP TABLE wire AS
SELECT
    position,
    strict,
    started_at,
    record,
    CASE WHEN strict THEN TRY({needs_another_look}) END AS odd
FROM (SELECT *, TRY(json_transform(payload, $shape)) AS record FROM batch)
