-- Before and after each release
-- After are the calls on a deployment within 7 days of its first one, before those on others in the same stretch of the
-- week before: the same weekdays and hours. low and high are the bounds of 95 % of the difference. Figures over turns and function calls vary
-- more than their bounds say, since those of a call are alike. A change of configuration may take effect without a
-- deployment, and days without details know of none.
WITH tested AS (
    SELECT project, unnest([control, variant]) AS deployment_id, began, ended FROM ab_tests($since - 8, $until)
),
live AS (
    SELECT
        project, date, started_at, business_date, deployment_id, deployment_message, handoff, function_calls,
        function_errors, measured_turns, slow_turns, CASE WHEN poly_score_scale = '1-5' THEN poly_score END AS score
    FROM calls ANTI JOIN tested
        ON tested.project = calls.project AND tested.deployment_id = calls.deployment_id
        AND calls.started_at BETWEEN tested.began AND tested.ended
    WHERE ($project::VARCHAR IS NULL OR project = $project) AND environment = 'live'
    AND business_date BETWEEN $since - 8 AND $until AND deployment_id IS NOT NULL
),
releases AS (
    SELECT
        project, deployment_id, any_value(deployment_message) AS message, min(started_at) AS began,
        least(began + INTERVAL 7 DAY, (SELECT max(started_at) FROM live l WHERE l.project = live.project)) AS ended
    FROM live
    GROUP BY project, deployment_id
    HAVING min(business_date) > $since
),
sides AS (
    SELECT releases.*, true AS is_after, live.* EXCLUDE (project, deployment_id)
    FROM releases JOIN live USING (project, deployment_id)
    WHERE started_at BETWEEN began AND ended
    UNION ALL
    -- found by their days: to compare every call with every release takes a minute for a year of 5,000 calls a day
    SELECT releases.* EXCLUDE (day), false, live.* EXCLUDE (project, deployment_id)
    FROM (
        SELECT
            *,
            unnest(generate_series(
                timezone('UTC', began - INTERVAL 7 DAY)::DATE, timezone('UTC', ended - INTERVAL 7 DAY)::DATE, INTERVAL 1 DAY
            ))::DATE AS day
        FROM releases
    ) releases
    JOIN live ON live.project = releases.project AND live.date = releases.day
    WHERE live.deployment_id <> releases.deployment_id
    AND started_at BETWEEN began - INTERVAL 7 DAY AND ended - INTERVAL 7 DAY
),
summed AS (
    SELECT
        project, deployment_id, message, began, is_after, count(*) AS calls,
        avg(score) AS score, count(score) AS scored, var_samp(score) AS spread,
        [
            {'figure': 'handoff rate', 'place': 1, 'k': count(*) FILTER (handoff), 'n': count(handoff)},
            {'figure': 'function errors', 'place': 3, 'k': sum(function_errors), 'n': sum(function_calls)},
            {'figure': 'slow turns', 'place': 4, 'k': sum(slow_turns), 'n': sum(measured_turns)}
        ] AS shares
    FROM sides
    GROUP BY ALL
),
shares AS (
    SELECT
        before.project, before.deployment_id, before.message, before.began, before.calls AS calls_before,
        after.calls AS calls_after, unnest(range(1, 4)) AS i,
        before.shares[i] AS b, after.shares[i] AS a
    FROM summed before JOIN summed after USING (project, deployment_id)
    WHERE NOT before.is_after AND after.is_after
),
compared AS (
    SELECT
        project, deployment_id, message, began, b.figure AS figure, b.place AS place, calls_before, calls_after,
        b.k / nullif(b.n, 0) AS before, a.k / nullif(a.n, 0) AS after,
        newcombe_low(b.k, b.n, a.k, a.n) AS low, newcombe_high(b.k, b.n, a.k, a.n) AS high
    FROM shares
    UNION ALL
    SELECT
        before.project, before.deployment_id, before.message, before.began, 'PolyScore', 2, before.calls, after.calls,
        before.score, after.score,
        after.score - before.score - 1.959964 * sqrt(before.spread / before.scored + after.spread / after.scored),
        after.score - before.score + 1.959964 * sqrt(before.spread / before.scored + after.spread / after.scored)
    FROM summed before JOIN summed after USING (project, deployment_id)
    WHERE NOT before.is_after AND after.is_after AND before.scored > 1 AND after.scored > 1
)
SELECT
    project, deployment_id, message, began, figure, before, after, after - before AS difference, low, high,
    calls_before, calls_after,
    CASE
        WHEN least(calls_before, calls_after) < 50 THEN 'fewer than 50 calls on a side'
        WHEN before IS NULL OR after IS NULL THEN 'nothing to compare'
        WHEN low > 0 THEN 'higher since'
        WHEN high < 0 THEN 'lower since'
        ELSE 'no difference shown'
    END AS reading
FROM compared
ORDER BY project, began, deployment_id, place
