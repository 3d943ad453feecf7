-- Every reading as it was kept, with its day.
CREATE TABLE ad_daily_readings AS
SELECT files.* EXCLUDE (filename), readings.as_of
FROM read_parquet(getvariable('ad_daily_files'), filename = true, union_by_name = true) AS files
JOIN readings ON readings.path = files.filename
ORDER BY as_of, platform, account_id, ad_id, report_date;
