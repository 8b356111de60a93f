-- One row per value of a metric. Names and values are taken apart side by side: a name in a path would have to be
-- escaped, and each would read all metrics again.
INSERT INTO staged_metrics
WITH taken_apart AS (
    SELECT
        record.id AS conversation_id,
        unnest(json_keys(record.metrics)) AS name,
        unnest(json_extract(record.metrics, '$.*')) AS sent
    FROM wire
),
listed AS (
    SELECT
        conversation_id,
        name,
        CASE WHEN json_type(sent) = 'ARRAY' THEN sent ->> '$[*]' ELSE [sent ->> '$'] END AS elements
    FROM taken_apart
),
valued AS (
    SELECT conversation_id, name, generate_subscripts(elements, 1) - 1 AS position, unnest(elements) AS value
    FROM listed
)
SELECT
    conversation_id,
    name,
    position,
    coalesce(value, '') AS value,
    -- DuckDB would also read ' 7 ', '1_000' and 'nan' as numbers.
    CASE WHEN regexp_full_match(value, '[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?') AND isfinite(try_cast(value AS DOUBLE))
        THEN try_cast(value AS DOUBLE)
    END AS value_double
FROM valued
