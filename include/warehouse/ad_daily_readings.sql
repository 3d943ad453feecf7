-- The rows of some report days, of every file that tells of them. Files of one reading have its
-- day in their path; compacted ones have it in each row.
INSERT INTO ad_daily_readings BY NAME
WITH told AS (
    SELECT
        * EXCLUDE (is_final, run_id, fetched_at, raw_sha256),
        getvariable('ad_daily_days')[file_index::BIGINT + 1] AS as_of,
        getvariable('ad_daily_days')[file_index::BIGINT + 1] AS told_until
    FROM read_parquet(
        getvariable('ad_daily_whole'), union_by_name = true, hive_partitioning = false
    )
    UNION ALL BY NAME
    SELECT * EXCLUDE (superseded_on)
    FROM read_parquet(
        getvariable('ad_daily_compacted'), union_by_name = true, hive_partitioning = false
    )
)
SELECT
    *,
    lead(as_of) OVER (
        PARTITION BY ad_id, report_date, platform, account_id ORDER BY as_of
    ) AS superseded_on
FROM told
WHERE report_date BETWEEN getvariable('first_day') AND getvariable('last_day');
