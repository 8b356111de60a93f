-- One row per project, local day and figure of its calls that is out of bounds, of the last four weeks, as long as the
-- newest day shows it too. The bounds are those that PolyAI gives its customers. A day is judged by 50 calls, once all
-- of it is loaded; a weekday by the same ones of the four weeks before, and by more than chance explains.
WITH calls AS (
    SELECT project, date, business_date, timezone, handoff, latency_sum, measured_turns
    FROM warehouse.main.conversation_facts
    WHERE project IN (SELECT unnest($projects)) AND NOT is_test AND NOT in_progress
    AND date >= (
        SELECT max(date) FROM warehouse.main.conversation_facts WHERE project IN (SELECT unnest($projects))
    ) - 60
),
ended AS (
    SELECT project, date
    FROM (
        SELECT project, date, loaded_at FROM loaded_partitions
        UNION ALL
        SELECT project, date, max(loaded_at) FROM warehouse.main.conversation_facts GROUP BY ALL
    )
    WHERE project IN (SELECT unnest($projects))
    GROUP BY ALL
    HAVING max(loaded_at) >= timezone('UTC', CAST(date + 1 AS TIMESTAMP))
),
measured AS (
    SELECT
        project, business_date AS day,
        count(*) AS calls, count(*) FILTER (handoff) AS handoffs, count(handoff) AS known,
        sum(latency_sum) AS seconds, sum(measured_turns) AS turns,
        [
            CAST(timezone('UTC', timezone(min(timezone), CAST(business_date AS TIMESTAMP))) AS DATE),
            CAST(timezone('UTC', timezone(min(timezone), CAST(business_date + 1 AS TIMESTAMP)) - INTERVAL 1 SECOND) AS DATE)
        ] AS touched
    FROM calls
    GROUP BY project, business_date
),
complete AS (
    SELECT *
    FROM measured
    WHERE (project, touched[1]) IN (FROM ended) AND (project, touched[2]) IN (FROM ended)
),
compared AS (
    SELECT
        today.*,
        count(before.day) AS weeks,
        avg(before.calls) AS usual_calls,
        sum(before.handoffs) / nullif(sum(before.known), 0) AS usual_rate,
        today.handoffs / nullif(today.known, 0) AS rate,
        -- the lower bound of 95 % of the rate (Wilson's)
        (today.handoffs + 1.92073) / (today.known + 3.84146) - 1.95996 / (today.known + 3.84146)
            * sqrt(today.handoffs * (today.known - today.handoffs) / nullif(today.known, 0) + 0.96036) AS rate_at_least
    FROM complete today
    LEFT JOIN complete before
        ON before.project = today.project AND before.day IN (today.day - 7, today.day - 14, today.day - 21, today.day - 28)
    GROUP BY ALL
),
found AS (
    SELECT
        project, day, 'handoff rate' AS path, 'above 50 %' AS kind, handoffs AS count, known AS total,
        format('{:.0f} % of {} calls were handed off', 100 * rate, known) AS example
    FROM compared
    WHERE known >= 50 AND rate > 0.5
    UNION ALL
    SELECT
        project, day, 'handoff rate', '20 % above the same weekdays', handoffs, known,
        format('{:.0f} % of {} calls were handed off, {:.0f} % on the same weekdays of {} weeks before',
            100 * rate, known, 100 * usual_rate, weeks)
    FROM compared
    WHERE known >= 50 AND weeks >= 2 AND usual_calls >= 50 AND rate > 1.2 * usual_rate AND rate_at_least > usual_rate
    UNION ALL
    SELECT
        project, day, 'calls', '30 % below the same weekdays', calls, NULL,
        format('{} calls, {:.0f} on the same weekdays of {} weeks before', calls, usual_calls, weeks)
    FROM compared
    WHERE weeks >= 2 AND usual_calls >= 50 AND calls < 0.7 * usual_calls
    UNION ALL
    SELECT
        project, day, 'latency', 'mean above 3 s', turns, NULL,
        format('{:.1f} s in a mean over {} turns', seconds / turns, turns)
    FROM compared
    WHERE calls >= 50 AND turns >= 50 AND seconds > 3 * turns
),
newest AS (
    SELECT project, max(day) AS day, max(day) FILTER (calls >= 50) AS busy FROM compared GROUP BY project
)
SELECT found.project, found.day AS date, path, kind, 'WARN' AS severity, count, total, example
FROM found JOIN newest USING (project)
WHERE found.day > newest.day - 28
QUALIFY max(found.day) OVER (PARTITION BY found.project, path, kind)
    >= CASE WHEN path = 'calls' THEN newest.day ELSE newest.busy END
