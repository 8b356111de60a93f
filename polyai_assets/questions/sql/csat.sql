-- CSAT by intent and by topic
-- csat is the mean of scores of 1 to 5, shown from 30 answers on; top2 the share of 4 and 5 with its bounds of 95 %. Who
-- answers is a selected sample: response_rate is the share of offered surveys that have a score. A call counts in each
-- of its intents and topics.
WITH answered AS (
    SELECT *
    FROM calls
    WHERE ($project::VARCHAR IS NULL OR project = $project) AND business_date BETWEEN $since AND $until
    AND (csat_offered OR csat_score IS NOT NULL)
),
labelled AS (
    SELECT project, 'all' AS kind, '' AS name, csat_score, csat_offered FROM answered
    UNION ALL
    SELECT project, 'intent', unnest(list_distinct(intents)), csat_score, csat_offered FROM answered
    UNION ALL
    SELECT project, 'topic', unnest(list_distinct(topics)), csat_score, csat_offered FROM answered
)
SELECT
    project,
    kind,
    name,
    if_enough(avg(csat_score), count(csat_score), 30) AS csat,
    if_enough(count(*) FILTER (csat_score >= 4) / nullif(count(csat_score), 0), count(csat_score), 30) AS top2,
    if_enough(wilson_low(count(*) FILTER (csat_score >= 4), count(csat_score)), count(csat_score), 30) AS low,
    if_enough(wilson_high(count(*) FILTER (csat_score >= 4), count(csat_score)), count(csat_score), 30) AS high,
    count(csat_score) AS answers,
    count(*) FILTER (csat_offered) AS offered,
    count(csat_score) / nullif(count(*) FILTER (csat_offered), 0) AS response_rate,
    CASE WHEN count(csat_score) < 30 THEN 'fewer than 30 answers' ELSE '' END AS note
FROM labelled
GROUP BY ALL
ORDER BY project, kind, answers DESC, name
