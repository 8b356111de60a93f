-- One row per record of the batch: its wire values, nested. A record that DuckDB cannot read comes out NULL.
CREATE OR REPLACE TEMP TABLE wire AS
SELECT position, strict, started_at, TRY(json_transform(payload, $shape)) AS record
FROM batch
