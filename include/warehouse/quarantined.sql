-- Every row set aside, newest first.
CREATE TABLE quarantined AS
SELECT table_name, platform, account_id, as_of, run_id, rule, reason, row
FROM read_parquet(getvariable('quarantined_files'), union_by_name = true)
ORDER BY as_of DESC, table_name, platform, account_id, run_id, row;
