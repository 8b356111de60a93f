-- The facts of the days from $first to $last, with what they have to do with other calls of the same contact. Rows up to
-- nine days later are read for that: a repeated call begins within 7 days of the end of the one before.
WITH
near AS (
    SELECT
        project, date, conversation_id, region, account_id, contact, started_at, finished_at, handoff, direction,
        business_date
    FROM facts
    WHERE date BETWEEN $first AND $last + 9 AND NOT is_test AND NOT in_progress AND contact_kind IN ('phone', 'email')
),
-- more calls a day than a person makes: a switchboard, for a week before and after
switchboards AS (
    SELECT region, account_id, contact, business_date
    FROM facts
    WHERE date BETWEEN $first - 9 AND $last + 9 AND NOT is_test AND NOT in_progress AND contact_kind IN ('phone', 'email')
    GROUP BY ALL
    HAVING count(*) > $switchboard
),
known AS (
    SELECT *
    FROM near
    WHERE NOT EXISTS (
        FROM switchboards s
        WHERE (s.region, s.account_id, s.contact) = (near.region, near.account_id, near.contact)
        AND s.business_date BETWEEN near.business_date - 7 AND near.business_date + 7
    )
),
paired AS (
    SELECT
        *,
        lead(CASE WHEN direction = 'inbound' THEN {'id': conversation_id, 'project': project, 'moment': started_at} END IGNORE NULLS) OVER (
            PARTITION BY region, account_id, contact ORDER BY started_at, project, conversation_id
        ) AS next
    FROM known
),
-- a call that comes back within minutes of a handoff is the transfer itself
returned AS (
    SELECT
        project, date, conversation_id,
        CASE
            WHEN next.moment <= finished_at + INTERVAL 7 DAY AND NOT (handoff AND next.moment < finished_at + INTERVAL 15 MINUTE)
            THEN next
        END AS next
    FROM paired
    WHERE date <= $last
),
-- how far the days of a project are loaded without a gap
loaded AS (
    SELECT
        project, date, loaded_at, is_settled,
        max(date) OVER (PARTITION BY project, date - place) AS loaded_until
    FROM (
        SELECT *, CAST(row_number() OVER (PARTITION BY project ORDER BY date) AS INTEGER) AS place
        FROM partitions
        WHERE date BETWEEN $first AND $last + 9
    )
),
joined AS (
    SELECT
        f.*,
        returned.conversation_id IS NOT NULL AS is_contact_known,
        next.id AS repeat_id,
        next.project AS repeat_project,
        next.moment AS repeat_at,
        CASE WHEN next IS NOT NULL THEN greatest(epoch(next.moment) - epoch(finished_at), 0) END AS gap_seconds,
        finished_at + INTERVAL 24 HOUR AS after_24h,
        finished_at + INTERVAL 7 DAY AS after_7d
    FROM (SELECT * FROM facts WHERE date BETWEEN $first AND $last) f
    LEFT JOIN returned USING (project, date, conversation_id)
)
SELECT
    joined.* EXCLUDE (after_24h, after_7d),
    CASE
        WHEN is_contact_known AND handoff IS NOT NULL AND (day.is_settled OR day.loaded_at >= after_24h)
            THEN NOT (handoff OR coalesce(gap_seconds <= 86400, false))
    END AS contained_24h,
    CASE
        WHEN is_contact_known AND handoff IS NOT NULL AND (week.is_settled OR week.loaded_at >= after_7d)
            THEN NOT (handoff OR coalesce(gap_seconds <= 604800, false))
    END AS contained_7d
FROM joined
LEFT JOIN loaded ON (loaded.project, loaded.date) = (joined.project, joined.date)
LEFT JOIN loaded day
    ON (day.project, day.date) = (joined.project, CAST(timezone('UTC', after_24h) AS DATE))
    AND day.date <= loaded.loaded_until
LEFT JOIN loaded week
    ON (week.project, week.date) = (joined.project, CAST(timezone('UTC', after_7d) AS DATE))
    AND week.date <= loaded.loaded_until
