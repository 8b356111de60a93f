-- Twenty calls of each project to listen to, and why
-- Those with most reasons come first; which of the others is drawn depends on their ids alone, so that the same question
-- finds the same calls again. studio_url opens them in Agent Studio.
WITH judged AS (
    SELECT
        project, conversation_id, business_date, studio_url,
        coalesce(poly_score <= 2 AND poly_score_scale = '1-5', false) AS low_score,
        coalesce(csat_score <= 2, false) AS low_csat,
        coalesce(function_errors > 0, false) AS failed,
        abandon_rule IS NOT NULL AS abandoned,
        coalesce(gap_seconds <= 86400 AND NOT handoff, false) AS again,
        coalesce(slow_turns >= 3, false) AS slow,
        low_score::INTEGER + low_csat::INTEGER + failed::INTEGER + abandoned::INTEGER + again::INTEGER + slow::INTEGER
            AS reasons
    FROM calls
    WHERE ($project::VARCHAR IS NULL OR project = $project) AND business_date BETWEEN $since AND $until
),
-- how many reasons the twentieth has: of a year of calls the fewest have as many
most AS (
    SELECT project, reasons
    FROM (SELECT project, reasons, count(*) AS n FROM judged WHERE reasons > 0 GROUP BY ALL)
    QUALIFY sum(n) OVER (PARTITION BY project ORDER BY reasons DESC) - n < 20
),
chosen AS (
    SELECT *
    FROM judged JOIN most USING (project, reasons)
    QUALIFY row_number() OVER (
        PARTITION BY project ORDER BY reasons DESC, md5(conversation_id), conversation_id
    ) <= 20
)
SELECT
    project,
    conversation_id,
    business_date AS day,
    concat_ws(', ',
        CASE WHEN low_score THEN 'low PolyScore' END,
        CASE WHEN low_csat THEN 'low CSAT' END,
        CASE WHEN failed THEN 'a function failed' END,
        CASE WHEN abandoned THEN 'abandoned' END,
        CASE WHEN again THEN 'called again within a day' END,
        CASE WHEN slow THEN 'slow' END
    ) AS why,
    studio_url
FROM chosen
ORDER BY project, reasons DESC, md5(conversation_id), conversation_id
