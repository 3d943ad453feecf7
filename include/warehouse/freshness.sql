-- How far each account is read. Accounts of nodes.yaml that were never read are listed too.
CREATE TABLE freshness AS
WITH read AS (
    SELECT
        platform, account_id, max(as_of) AS newest_as_of, arg_max(since, as_of) AS since,
        count(*) AS readings
    FROM readings
    GROUP BY platform, account_id
),
days AS (
    SELECT
        platform, account_id,
        min(report_date) AS first_report_date,
        max(report_date) AS last_report_date,
        count(DISTINCT report_date) AS report_days,
        count(*) AS rows,
        count(*) FILTER (WHERE as_of < newest_as_of AND report_date >= since) AS vanished_rows
    FROM ad_daily
    LEFT JOIN read USING (platform, account_id)
    GROUP BY platform, account_id
),
aside AS (
    SELECT platform, account_id, sum(quarantined)::BIGINT AS quarantined
    FROM (
        SELECT *
        FROM quality_runs
        JOIN read USING (platform, account_id)
        WHERE as_of = newest_as_of
        QUALIFY row_number() OVER (
            PARTITION BY platform, account_id, table_name ORDER BY run_id DESC
        ) = 1
    )
    GROUP BY platform, account_id
)
SELECT
    platform, account_id, configured.name, read.newest_as_of,
    coalesce(read.readings, 0) AS readings,
    days.first_report_date, days.last_report_date,
    coalesce(days.report_days, 0) AS report_days,
    coalesce(days.rows, 0) AS rows,
    coalesce(days.vanished_rows, 0) AS vanished_rows,
    coalesce(aside.quarantined, 0) AS quarantined
FROM configured_accounts AS configured
FULL JOIN read USING (platform, account_id)
LEFT JOIN days USING (platform, account_id)
LEFT JOIN aside USING (platform, account_id)
ORDER BY platform, account_id;
