-- The newest reading of each total wins, as in ad_daily.
CREATE TABLE totals_daily AS
WITH readings_of_totals AS (
    SELECT files.* EXCLUDE (filename), readings.as_of
    FROM read_parquet(getvariable('totals_daily_files'), filename = true, union_by_name = true)
        AS files
    JOIN readings ON readings.path = files.filename
)
SELECT *
FROM readings_of_totals
QUALIFY row_number() OVER (
    PARTITION BY platform, account_id, level, level_id, report_date ORDER BY as_of DESC
) = 1
ORDER BY platform, account_id, level, level_id, report_date;
