-- One row per turn of the batch.
CREATE OR REPLACE TEMP VIEW wire_turns AS
SELECT
    record.id AS conversation_id,
    generate_subscripts(record.turns, 1) - 1 AS turn_index,
    strict,
    unnest(record.turns) AS record
FROM wire
