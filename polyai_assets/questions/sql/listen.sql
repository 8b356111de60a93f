-- Twenty calls of each project to listen to, and why
-- Those with most reasons come first; which of the others is drawn depends on their ids alone, so that the same question
-- finds the same calls again. studio_url opens them in Agent Studio.
SELECT
    project,
    conversation_id,
    business_date AS day,
    concat_ws(', ',
        CASE WHEN poly_score <= 2 AND poly_score_scale = '1-5' THEN 'low PolyScore' END,
        CASE WHEN csat_score <= 2 THEN 'low CSAT' END,
        CASE WHEN function_errors > 0 THEN 'a function failed' END,
        CASE WHEN abandon_rule IS NOT NULL THEN 'abandoned' END,
        CASE WHEN gap_seconds <= 86400 AND NOT handoff THEN 'called again within a day' END,
        CASE WHEN slow_turns >= 3 THEN 'slow' END
    ) AS why,
    studio_url
FROM calls
WHERE why <> '' AND ($project::VARCHAR IS NULL OR project = $project) AND business_date BETWEEN $since AND $until
QUALIFY row_number() OVER (
    PARTITION BY project ORDER BY len(string_split(why, ', ')) DESC, md5(conversation_id), conversation_id
) <= 20
ORDER BY project, len(string_split(why, ', ')) DESC, md5(conversation_id), conversation_id
