-- CSAT by intent and by topic
-- csat is the mean of scores of 1 to 5, shown from 30 answers on; top2 the share of 4 and 5 with its bounds of 95 %. Who
-- answers is a selected sample: response_rate is the share of offered surveys that have a score. A call counts in each
-- of its intents and topics.
WITH answered AS (  -- calls that are alike are one row with their number: a year of them is soon counted
    SELECT project, intents, topics, csat_score, csat_offered, count(*) AS n
    FROM calls
    WHERE ($project::VARCHAR IS NULL OR project = $project) AND business_date BETWEEN $since AND $until
    AND (csat_offered OR csat_score IS NOT NULL)
    GROUP BY ALL
),
labelled AS (
    SELECT project, 'all' AS kind, '' AS name, csat_score, csat_offered, n FROM answered
    UNION ALL
    SELECT project, 'intent', unnest(list_distinct(intents)), csat_score, csat_offered, n FROM answered
    UNION ALL
    SELECT project, 'topic', unnest(list_distinct(topics)), csat_score, csat_offered, n FROM answered
),
counted AS (
    SELECT
        project, kind, name,
        sum(csat_score * n) AS total,
        coalesce(sum(n) FILTER (csat_score >= 4), 0)::BIGINT AS high_scores,
        coalesce(sum(n) FILTER (csat_score IS NOT NULL), 0)::BIGINT AS answers,
        coalesce(sum(n) FILTER (csat_offered), 0)::BIGINT AS offered
    FROM labelled
    GROUP BY ALL
)
SELECT
    project,
    kind,
    name,
    if_enough(total / nullif(answers, 0), answers, 30) AS csat,
    if_enough(high_scores / nullif(answers, 0), answers, 30) AS top2,
    if_enough(wilson_low(high_scores, answers), answers, 30) AS low,
    if_enough(wilson_high(high_scores, answers), answers, 30) AS high,
    answers,
    offered,
    answers / nullif(offered, 0) AS response_rate,
    CASE WHEN answers < 30 THEN 'fewer than 30 answers' ELSE '' END AS note
FROM counted
ORDER BY project, kind, answers DESC, name
