-- One row per value of a metric. A JSON pointer, unlike a path, takes any name there can be.
INSERT INTO staged_metrics
WITH named AS (
    SELECT record.id AS conversation_id, record.metrics AS metrics, unnest(json_keys(record.metrics)) AS name
    FROM wire
    WHERE record IS NOT NULL
),
pointed AS (
    SELECT
        conversation_id,
        name,
        json_extract(metrics, '/' || replace(replace(name, '~', '~0'), '/', '~1')) AS sent
    FROM named
),
listed AS (
    SELECT
        conversation_id,
        name,
        CASE WHEN json_type(sent) = 'ARRAY' THEN sent ->> '$[*]' ELSE [sent ->> '$'] END AS elements
    FROM pointed
),
valued AS (
    SELECT conversation_id, name, generate_subscripts(elements, 1) - 1 AS position, unnest(elements) AS value
    FROM listed
)
SELECT
    $project AS project,
    CAST($date AS DATE) AS date,
    conversation_id,
    name,
    position,
    coalesce(value, '') AS value,
    CASE WHEN isfinite(try_cast(value AS DOUBLE)) THEN try_cast(value AS DOUBLE) END AS value_double
FROM valued
