-- Calls whose contact called again within 7 days, though nothing was handed off
-- The soonest 100 of each project. hours is from the end of the call to the next one, which may have been to another
-- project of the account; then and outcome_then name it and its outcome. A contact with more than 20 calls on a day is
-- taken for a switchboard, and left out.
WITH returned AS (
    SELECT project, conversation_id, outcome, gap_seconds, repeat_project, repeat_id
    FROM calls
    WHERE NOT handoff AND repeat_id IS NOT NULL
    AND ($project::VARCHAR IS NULL OR project = $project) AND business_date BETWEEN $since AND $until
),
-- the hundredth gap: of a year of calls only those up to it are put in order
counted AS (
    SELECT project, count(*) AS of, list_max(min(gap_seconds, 100)) AS hundredth FROM returned GROUP BY project
),
soonest AS (
    SELECT returned.*, of
    FROM returned JOIN counted USING (project)
    WHERE gap_seconds <= hundredth
    QUALIFY row_number() OVER (PARTITION BY project ORDER BY gap_seconds, conversation_id) <= 100
)
SELECT
    first.project,
    first.conversation_id,
    first.outcome,
    first.gap_seconds / 3600 AS hours,
    first.repeat_project AS project_then,
    first.repeat_id AS conversation_then,
    then_.outcome AS outcome_then,
    first.of
FROM soonest first
JOIN calls then_ ON (then_.project, then_.conversation_id) = (first.repeat_project, first.repeat_id)
ORDER BY first.project, hours, first.conversation_id
