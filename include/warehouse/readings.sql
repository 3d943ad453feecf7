-- One row per reading, also where several compacted files tell of it.
CREATE TABLE readings AS
SELECT
    platform, account_id, as_of, min(since) AS since, sum(rows)::BIGINT AS rows,
    max(run_id) AS run_id, max(fetched_at) AS fetched_at, max(raw_sha256) AS raw_sha256
FROM readings_of_files
GROUP BY platform, account_id, as_of
ORDER BY platform, account_id, as_of;
