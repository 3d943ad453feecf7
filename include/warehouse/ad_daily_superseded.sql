-- What the rows of a new night, still to be added, take the place of.
UPDATE ad_daily_readings AS earlier
SET superseded_on = told.as_of
FROM (
    SELECT
        platform, account_id, ad_id, report_date,
        getvariable('ad_daily_days')[file_index::BIGINT + 1] AS as_of
    FROM read_parquet(
        getvariable('ad_daily_whole'), union_by_name = true, hive_partitioning = false
    )
) AS told
WHERE earlier.superseded_on IS NULL
    AND earlier.report_date BETWEEN getvariable('first_day') AND getvariable('last_day')
    AND earlier.ad_id = told.ad_id
    AND earlier.report_date = told.report_date
    AND earlier.platform = told.platform
    AND earlier.account_id = told.account_id;
