-- The arms of A/B tests
-- difference is the variant's share less the control's, low and high its bounds of 95 %. Decide before a test by which
-- figure you judge it, and when it ends: containment unless you say otherwise. Whoever looks every day until a
-- difference shows will find one.
WITH arms AS (
    SELECT
        project, ab_test_id, ab_arm, min(started_at) AS began,
        [
            {'figure': 'containment', 'k': count(*) FILTER (contained_dashboard), 'n': count(contained_dashboard)},
            {'figure': 'containment, 24 hours', 'k': count(*) FILTER (contained_24h), 'n': count(contained_24h)},
            {'figure': 'CSAT of 4 and 5', 'k': count(*) FILTER (csat_score >= 4), 'n': count(csat_score)}
        ] AS figures
    FROM calls
    WHERE ab_test_id IS NOT NULL AND ($project::VARCHAR IS NULL OR project = $project)
    AND business_date BETWEEN $since AND $until
    GROUP BY ALL
),
paired AS (
    SELECT
        control.project, control.ab_test_id, least(control.began, variant.began) AS began, unnest(range(1, 4)) AS place,
        control.figures[place] AS c, variant.figures[place] AS v
    FROM arms control JOIN arms variant USING (project, ab_test_id)
    WHERE control.ab_arm = 'control' AND variant.ab_arm = 'variant'
)
SELECT
    project,
    ab_test_id AS test,
    c.figure AS figure,
    c.k / nullif(c.n, 0) AS control,
    v.k / nullif(v.n, 0) AS variant,
    variant - control AS difference,
    newcombe_low(c.k, c.n, v.k, v.n) AS low,
    newcombe_high(c.k, c.n, v.k, v.n) AS high,
    c.n AS control_calls,
    v.n AS variant_calls,
    CASE
        WHEN least(c.n, v.n) < 100 THEN 'too few to judge: 100 an arm are needed'
        WHEN low > 0 THEN 'the variant is higher'
        WHEN high < 0 THEN 'the variant is lower'
        ELSE 'no difference shown yet'
    END AS reading
FROM paired
ORDER BY project, began, test, place
