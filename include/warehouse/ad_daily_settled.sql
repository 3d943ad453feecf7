-- Months of which all readings are compacted: each file knows what supersedes its rows.
INSERT INTO ad_daily_readings BY NAME
SELECT *
FROM read_parquet(
    getvariable('ad_daily_compacted'), union_by_name = true, hive_partitioning = false
);
