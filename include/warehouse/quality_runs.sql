-- The counts that each run left, in `quality/`.
CREATE TABLE quality_runs AS
SELECT run_id, as_of, platform, account_id, table_name, read, accepted, quarantined
FROM quality_reports
ORDER BY as_of, platform, account_id, table_name, run_id;
